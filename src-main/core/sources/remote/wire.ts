import { z } from 'zod';
import { durationOf } from '#core/store/edge-rows.ts';
import { normaliseStatus } from '#core/store/job-index.ts';
import type { JsonObject } from '#shared/model/job.ts';
import type { EpochSeconds, Milliseconds, Usd } from '#shared/model/units.ts';

// What remotes answer: RUNE's of several ages, and ours (reference: rune-api §3-§6). More members than these are
// ignored, odd ones become null; only what nothing works without is required.

/** Of any type, or missing. */
const anything = z.unknown().optional();
const YEAR_9999: EpochSeconds = 253_402_300_799;

/** Epoch seconds as a number, or as RUNE's text of one. */
const time = anything.transform((value): EpochSeconds | null => {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof seconds === 'number' && seconds >= 0 && seconds <= YEAR_9999 ? seconds : null;
});
const text = (max: number) =>
  anything.transform((value): string | null =>
    typeof value === 'string' && value !== '' ? value.slice(0, max) : null,
  );
const amount = anything.transform((value): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null,
);
const duration = anything.transform((value): Milliseconds | null => durationOf(value));
const object = anything.transform((value): JsonObject | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
    ? (value as JsonObject)
    : null,
);
/** RUNE's is a text; whatever else it is, it is said. */
const errorText = anything.transform((value): string | null =>
  value === null || value === undefined || value === ''
    ? null
    : (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 10_000),
);

/** As it can stand in a path. */
export const remoteId = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,128}$/)
  .refine((id) => !/^\.+$/.test(id));

const summary = z.object({
  job_id: remoteId,
  status: z
    .string()
    .min(1)
    .max(64)
    .transform((status) => normaliseStatus(status.trim().toLowerCase())),
  kind: text(64),
  tenant_id: text(64),
  message: text(10_000),
  created_at: time,
  updated_at: time,
  started_at: time,
  finished_at: time,
  agent: text(128),
  model: text(256),
  backend_type: text(64),
  provider_type: text(64),
  question: text(100_000),
  estimate_usd: amount,
  cost_usd: amount,
  tokens_total: amount,
  error_code: text(64),
  demo: anything.transform((value) => value === true),
});

/** A job as a list has it; `tenant_id` null where the remote does not say. */
export type RemoteSummary = z.output<typeof summary>;

export const remoteJob = summary.extend({
  result: object,
  error: errorText,
  /** Ours; RUNE's server does not give a request back. */
  request: object,
  estimate: object,
});
export type RemoteJob = z.output<typeof remoteJob>;

/** A page of our own list. One entry that is none does not spoil the others. */
export const remotePage = z.object({
  jobs: z
    .array(z.unknown())
    .max(1000)
    .transform((jobs) => jobs.flatMap((one) => summary.safeParse(one).data ?? [])),
  total: z.number().int().min(0),
});

export const accepted = z.object({ job_id: remoteId });
export const cancelled = z.object({ status: z.string().max(64) });
export const health = z.object({ status: z.literal('ok') });

const event = z.object({
  id: z.number().int().min(0),
  event: z.string().min(1).max(256),
  status: text(64).transform((status) => status ?? 'ok'),
  duration_ms: duration,
  error_type: text(256),
  labels: object,
  recorded_at: time,
});
export type RemoteEvent = z.output<typeof event>;
/** An event row; null for what is none. v1-old's rows have their labels as text. */
export function readEvent(value: unknown): RemoteEvent | null {
  const given = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const labels = given.labels ?? parsedLabels(given.labels_json);
  return event.safeParse({ ...given, labels }).data ?? null;
}

function parsedLabels(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}

export const eventPage = z.object({
  events: z
    .array(z.unknown())
    .max(200_000)
    .transform((events) => events.flatMap((one) => readEvent(one) ?? [])),
});

const artifact = z.object({
  artifact_id: remoteId,
  kind: text(64).transform((kind) => kind ?? ''),
  name: text(512),
  size_bytes: z.number().int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  created_at: time,
});
export type RemoteArtifact = z.output<typeof artifact>;
export const artifactList = z.object({
  artifacts: z
    .array(z.unknown())
    .max(10_000)
    .transform((list) => list.flatMap((one) => artifact.safeParse(one).data ?? [])),
});

/** chain_state as RUNE keeps it, taken over as it is. */
export const chainState = z.looseObject({
  overall_status: z.string().max(64),
  nodes: z.array(z.unknown()).max(1000),
  edges: z.array(z.unknown()).max(10_000),
});

export const estimateAnswer = z.object({
  projected_cost_usd: z.number().nonnegative(),
  cost_driver: z.string().max(64),
});
export interface RemoteEstimate {
  readonly projected_cost_usd: Usd;
  readonly cost_driver: string;
}
