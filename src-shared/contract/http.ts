import { type as typed } from '@orpc/contract';
import { z } from 'zod';
import type { ChainState } from '#shared/model/chain.ts';
import type { HttpStatus, RetentionPlan } from '#shared/model/http.ts';
import { LOG_LEVELS, type LogPage } from '#shared/model/logs.ts';
import { OWN } from '#shared/model/source.ts';
import type { EventRow } from '#shared/model/span.ts';
import { base } from './base.ts';
import { type RuneConfig, runeConfig } from './rune-config.ts';

const source = z.string().min(1).max(2048).default(OWN);
const jobId = z.string().min(1).max(128);
const tenantId = z.string().min(1).max(64);

export const logQuery = z.strictObject({
  job_id: jobId.optional(),
  tenant_id: z.string().max(64).optional(),
  /** This level and above. */
  level: z.enum(LOG_LEVELS).default('debug'),
  text: z.string().max(256).optional(),
  event: z.string().max(128).optional(),
  /** Epoch seconds; from inclusive, to exclusive. */
  from: z.number().optional(),
  to: z.number().optional(),
  /** Only newer than this, or only older. */
  after_seq: z.number().int().min(0).optional(),
  before_seq: z.number().int().min(0).optional(),
  limit: z.number().int().min(1).max(2000).default(500),
});
export type LogQuery = z.infer<typeof logQuery>;

export interface ArtifactContent {
  readonly name: string;
  readonly kind: string;
  readonly media_type: string;
  readonly sha256: string;
  readonly content: Blob;
}

export const artifactsContract = {
  get: base
    .input(z.strictObject({ source, job_id: jobId, artifact_id: z.string().min(1).max(128) }))
    .output(typed<ArtifactContent>()),
};

export const chainsContract = {
  /** Pending and empty for a chain that has not begun. */
  state: base.input(z.strictObject({ source, job_id: jobId })).output(typed<ChainState>()),
};

export const logsContract = {
  list: base.input(logQuery).output(typed<LogPage>()),
};

export const retentionContract = {
  preview: base.output(typed<RetentionPlan>()),
  /** Deletes what the preview of this token showed, and says how many. */
  run: base
    .input(z.strictObject({ token: z.string().max(64) }))
    .output(typed<{ readonly deleted: number; readonly bytes: number }>()),
};

export const httpContract = {
  status: base.output(typed<HttpStatus>()),
  /** RUNE's configuration document of a tenant: what /v1/settings serves. */
  config: {
    get: base.input(z.strictObject({ tenant_id: tenantId })).output(typed<RuneConfig>()),
    set: base.input(z.strictObject({ tenant_id: tenantId, config: runeConfig })).output(typed<RuneConfig>()),
  },
};

/** RUNE's event rows of a job, in their order. */
export const eventList = base
  .input(
    z.strictObject({
      source,
      job_id: jobId,
      after_id: z.number().int().min(0).default(0),
      limit: z.number().int().min(1).max(100_000).default(10_000),
    }),
  )
  .output(typed<readonly EventRow[]>());
