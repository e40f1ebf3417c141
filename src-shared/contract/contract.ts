import { eventIterator, type as typed } from '@orpc/contract';
import { z } from 'zod';
import { BACKEND_TYPES, JOB_KINDS } from '#shared/model/job.ts';
import { OWN, type SourceInfo } from '#shared/model/source.ts';
import type { EventSummaryRow } from '#shared/model/span.ts';
import { archiveContract } from './archive.ts';
import { base } from './base.ts';
import { compareContract } from './compare.ts';
import { costsContract } from './costs.ts';
import {
  artifactsContract,
  chainsContract,
  eventList,
  httpContract,
  logsContract,
  retentionContract,
} from './http.ts';
import { offersContract, rentalsContract } from './offers.ts';
import { backendUrl } from './requests.ts';
import { type Settings, secretName, settingsSchema } from './settings.ts';
import {
  type AgentInfo,
  type AppInfo,
  type DiscoveredBackend,
  type ExportedTrace,
  JOB_SORT_COLUMNS,
  type JobDetail,
  type JobFacets,
  type JobPage,
  type LiveBatch,
  type ModelInfo,
  type SpanDetail,
  type TestReport,
} from './types.ts';

/** An archived result's source holds its key, of 1,024 bytes at most. */
const source = z.string().min(1).max(2048).default(OWN);
const jobId = z.string().min(1).max(128);
const oneOf = z.array(z.string().max(256)).max(256).optional();

export const jobQuery = z.strictObject({
  source,
  status: oneOf,
  kind: oneOf,
  backend_type: oneOf,
  provider_type: oneOf,
  model: oneOf,
  agent: oneOf,
  tenant_id: oneOf,
  /** Matches job id, question, model, agent and message, ignoring case. */
  text: z.string().max(256).optional(),
  /** Epoch seconds, on created_at; from inclusive, to exclusive. */
  created_from: z.number().optional(),
  created_to: z.number().optional(),
  demo: z.boolean().optional(),
  sort: z
    .array(z.strictObject({ by: z.enum(JOB_SORT_COLUMNS), desc: z.boolean() }))
    .max(4)
    .default([{ by: 'created_at', desc: true }]),
  limit: z.number().int().min(1).max(1000).default(200),
  offset: z.number().int().min(0).default(0),
});
export type JobQuery = z.infer<typeof jobQuery>;

const backendAddress = z.strictObject({
  backend_type: z.enum(BACKEND_TYPES),
  backend_url: backendUrl.nullable().default(null),
});

export const TRACE_FORMATS = ['otlp', 'chrome', 'csv'] as const;
export type TraceFormat = (typeof TRACE_FORMATS)[number];

export const contract = {
  app: {
    info: base.output(typed<AppInfo>()),
  },
  sources: {
    list: base.output(typed<readonly SourceInfo[]>()),
    /** A RUNE store, or a trace file: OTLP JSON, Chrome trace, one archived result. */
    open: base.input(z.strictObject({ path: z.string().min(1).max(4096) })).output(typed<SourceInfo>()),
    /** A rune-api of the settings, by its id. */
    connect: base.input(z.strictObject({ remote: z.string().min(1).max(64) })).output(typed<SourceInfo>()),
    close: base.input(z.strictObject({ source })).output(typed<void>()),
  },
  jobs: {
    list: base.input(jobQuery).output(typed<JobPage>()),
    facets: base.input(z.strictObject({ source })).output(typed<JobFacets>()),
    get: base.input(z.strictObject({ source, job_id: jobId })).output(typed<JobDetail>()),
    /** `created` false: the idempotency key was used before and job_id is that job. */
    create: base
      .input(
        z.strictObject({
          /** Where it runs: here, or on a remote. */
          source,
          kind: z.enum(JOB_KINDS),
          request: z.record(z.string(), z.unknown()),
          tenant_id: z
            .string()
            .regex(/^[A-Za-z0-9._-]{1,64}$/, 'may hold letters, digits, ".", "_" and "-"')
            .default('default'),
          idempotency_key: z.string().max(256).default(''),
          /** The user agreed to a cost of up to this, in USD; without it, the spend gate asks. No blank cheques. */
          approved_usd: z.number().nonnegative().max(1_000_000).nullable().default(null),
          /** Where spans go; `memory` and `null` keep none of them. */
          collector: z.enum(['sqlite', 'memory', 'null']).default('sqlite'),
        }),
      )
      .output(typed<{ readonly job_id: string; readonly created: boolean }>()),
    cancel: base
      .input(z.strictObject({ source, job_id: jobId }))
      .output(typed<{ readonly status: string }>()),
  },
  trace: {
    /** encodeTrace() bytes: the whole trace, open spans included. */
    columns: base.input(z.strictObject({ source, job_id: jobId })).output(typed<Blob>()),
    span: base
      .input(
        z.strictObject({
          source,
          job_id: jobId,
          span_id: z.string().length(16),
          event_id: z.number().default(0),
        }),
      )
      .output(typed<SpanDetail>()),
    export: base
      .input(z.strictObject({ source, job_id: jobId, format: z.enum(TRACE_FORMATS) }))
      .output(typed<ExportedTrace>()),
  },
  events: {
    summary: base
      .input(
        z.strictObject({
          source,
          job_id: jobId.optional(),
          /** Of this tenant's jobs; not together with a job. */
          tenant_id: z.string().max(64).optional(),
        }),
      )
      .output(typed<readonly EventSummaryRow[]>()),
    list: eventList,
  },
  artifacts: artifactsContract,
  chains: chainsContract,
  logs: logsContract,
  retention: retentionContract,
  http: httpContract,
  live: {
    /** Batches of changes, coalesced; with a job_id, that job's spans too. Ends when its source closes. */
    watch: base
      .input(z.strictObject({ source, job_id: jobId.optional() }))
      .output(eventIterator(typed<LiveBatch>())),
  },
  backends: {
    /** Looks at the usual ports of this machine only. */
    discover: base.output(typed<readonly DiscoveredBackend[]>()),
    models: base.input(backendAddress).output(typed<readonly ModelInfo[]>()),
    /** With `api_key_secret` as a form has it, saved or not; left out, as the saved backend has it. */
    test: base
      .input(backendAddress.extend({ api_key_secret: secretName.nullable().optional() }))
      .output(typed<TestReport>()),
  },
  agents: {
    list: base.output(typed<readonly AgentInfo[]>()),
    test: base.input(z.strictObject({ agent: z.string().max(64) })).output(typed<TestReport>()),
  },
  archive: archiveContract,
  compare: compareContract,
  costs: costsContract,
  offers: offersContract,
  rentals: rentalsContract,
  settings: {
    get: base.output(typed<Settings>()),
    /** Replaces the settings; sections left out take their defaults. */
    set: base.input(settingsSchema).output(typed<Settings>()),
  },
  secrets: {
    /** Names only; a value never comes back. */
    list: base.output(
      typed<readonly { readonly name: string; readonly kept_in: 'environment' | 'keychain' | 'file' }[]>(),
    ),
    set: base
      .input(
        z.strictObject({
          name: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'takes 1 to 64 letters, digits, "_", "." and "-"'),
          value: z.string().min(1).max(8192),
          /** The user agreed to a plain-text file because this host has no keychain. */
          allow_plain_text: z.boolean().default(false),
        }),
      )
      .output(typed<void>()),
    remove: base.input(z.strictObject({ name: z.string().max(64) })).output(typed<void>()),
  },
};

export type Contract = typeof contract;
export type { Settings };
