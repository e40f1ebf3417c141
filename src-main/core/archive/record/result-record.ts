import { z } from 'zod';
import type { JobLogLine } from '#core/store/job-log.ts';
import type { ChainState } from '#shared/model/chain.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import type { JobDetail, Json, JsonObject } from '#shared/model/job.ts';
import { canonicalJson, cleanObject, inOrder, sha256Hex } from './canonical.ts';
import { resultKey } from './key.ts';
import { createRedactor } from './redact.ts';

export const RESULT_SCHEMA = 'rune.result/1';

const text = z.string().min(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const epoch = z.number().describe('Seconds since 1970-01-01T00:00Z, with fraction');
const anything = z.record(z.string(), z.unknown());

const span = z.looseObject({
  trace_id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .describe('W3C trace id: the job id without dashes'),
  span_id: z.string().regex(/^[0-9a-f]{16}$/),
  parent_span_id: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .nullable(),
  name: text,
  start_time: epoch,
  duration_ms: z.number().min(0),
  status: z.enum(['ok', 'error']),
  error_type: z.string().nullable(),
  attributes: anything,
  inferred: z.boolean().describe('Start or parent was computed, not recorded'),
  external: z
    .boolean()
    .optional()
    .describe("It came over OTLP: name, times and attributes are its sender's, and it has no event"),
  lost: z
    .boolean()
    .describe(
      'It never ended: its process died or its job was stopped. The duration reaches to the last moment known',
    ),
});

const event = z
  .looseObject({
    id: z.number().int(),
    event: text,
    status: z.string(),
    duration_ms: z.number(),
    error_type: z.string().nullable(),
    labels: anything,
    recorded_at: epoch,
  })
  .describe("A row of RUNE's workflow_events, in RUNE's words");

const artifact = z.looseObject({
  name: text,
  kind: z.string(),
  size_bytes: z.number().int().min(0),
  sha256,
});

const logLine = z.looseObject({
  at: epoch,
  level: z.enum(['debug', 'info', 'warn', 'error']),
  event: z.string(),
  message: z.string(),
});

/** One finished job as it is archived. Members that nobody fills yet are present as null; unknown ones are kept. */
export const resultRecord = z
  .looseObject({
    schema: z.literal(RESULT_SCHEMA),
    job_id: text,
    id: text.describe('Same as job_id'),
    tenant_id: text,
    tenant: text.describe('Same as tenant_id'),
    kind: text,
    status: z.enum(['succeeded', 'failed', 'cancelled']),
    demo: z.boolean().describe('Made with the built-in demo: never to be counted with real results'),
    request: anything.nullable().describe('As accepted, without kubeconfig, tokens and URL credentials'),
    result: anything.nullable(),
    error: z.looseObject({ code: text, message: z.string(), detail: z.string().optional() }).nullable(),
    message: z.string().nullable(),
    created_at: epoch,
    started_at: epoch.nullable(),
    updated_at: epoch.describe('When the job ended, as seconds since 1970-01-01T00:00Z'),
    estimate: anything.nullable().describe('The cost estimate made before the job ran'),
    actual_cost: z
      .number()
      .min(0)
      .nullable()
      .describe('USD with full precision; null is unknown, never free'),
    spans: z.array(span),
    events: z.array(event),
    chain: anything.nullable(),
    artifacts: z.array(artifact),
    logs: z.array(logLine).nullable(),
    environment: z.looseObject({
      app_version: text,
      node: text,
      platform: text,
      host_kind: z.enum(['electron', 'web', 'cli']),
    }),
    sha256: sha256.describe('Over the RFC 8785 form of this record without this member'),
  })
  .meta({
    title: 'Archived result of a RUNE job',
    description: 'The object at results/{tenant}/{kind}/{date}/{job_id}.json',
  });

export type ResultRecord = z.infer<typeof resultRecord>;
export type ResultSpan = z.infer<typeof span>;
export type ResultEvent = z.infer<typeof event>;

/** The JSON Schema that ships in resources/; resultRecord is its one source. */
export const resultJsonSchema = (): JsonObject =>
  cleanObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:rune:result:1',
    ...z.toJSONSchema(resultRecord, { target: 'draft-2020-12', reused: 'inline' }),
  });

export interface ResultInput {
  readonly job: JobDetail;
  /** Attributes and labels as JSON has them; a span and its event may share one object. */
  readonly spans: readonly (ResultSpan & { readonly attributes: JsonObject })[];
  readonly events: readonly (ResultEvent & { readonly labels: JsonObject })[];
  /** Of a chain's job. */
  readonly chain?: ChainState | null | undefined;
  /** What was said of it while it lived. */
  readonly logs?: readonly JobLogLine[] | undefined;
  readonly environment: ResultRecord['environment'];
  /** Values that stand nowhere in the record but in questions and answers, such as keys of this computer. */
  readonly secrets?: readonly string[] | undefined;
}

/** A record and its bytes: RFC 8785 in UTF-8. */
export interface SealedResult {
  readonly record: ResultRecord;
  readonly body: Buffer;
}

/** The record of an ended job. Throws a TypeError when the job has not ended. */
export function buildResultRecord({
  job,
  spans,
  events,
  chain = null,
  logs,
  environment,
  secrets = [],
}: ResultInput): SealedResult {
  const redact = createRedactor(secrets);
  // A span and its event share them, and large jobs have many.
  const redacted = new Map<object, Json>();
  const attributesOf = (given: JsonObject): Json => {
    const known = redacted.get(given) ?? redact.value(given);
    redacted.set(given, known);
    return known;
  };
  const estimate: JsonObject | CostEstimate | null = job.estimate;
  const unsealed = cleanObject({
    schema: RESULT_SCHEMA,
    job_id: job.job_id,
    id: job.job_id,
    tenant_id: job.tenant_id,
    tenant: job.tenant_id,
    kind: job.kind,
    status: job.status,
    demo: job.demo,
    request: job.request === null ? null : redact.request(job.request),
    result: job.result === null ? null : redact.result(job.result),
    error: job.error === null ? null : redact.value(cleanObject(job.error)),
    message: job.message === null ? null : redact.text(job.message),
    created_at: job.created_at,
    started_at: job.started_at,
    updated_at: job.finished_at ?? job.updated_at,
    estimate: estimate === null ? null : redact.value(cleanObject(estimate)),
    actual_cost: job.cost_usd,
    spans: spans.map((span) => ({
      ...span,
      error_type: span.error_type === null ? null : redact.text(span.error_type),
      attributes: attributesOf(span.attributes),
    })),
    events: events.map((event) => ({
      ...event,
      error_type: event.error_type === null ? null : redact.text(event.error_type),
      labels: attributesOf(event.labels),
    })),
    chain: chain === null ? null : redact.value(cleanObject(chain)),
    artifacts: job.artifacts.map(({ name, kind, size_bytes, sha256 }) => ({
      name,
      kind,
      size_bytes,
      sha256,
    })),
    logs: logs?.map((line) => ({ ...line, message: redact.text(line.message) })) ?? null,
    environment,
  });
  return sealed(unsealed);
}

function sealed(record: JsonObject): SealedResult {
  // Each member is written once, for the checksum and for the bytes: large jobs have tens of megabytes.
  const written = (name: string, value: Json) =>
    [name, `${JSON.stringify(name)}:${canonicalJson(value)}`] as const;
  const members = Object.entries(inOrder(Object.entries(record))).map(([name, value]) =>
    written(name, value),
  );
  const textOf = (parts: typeof members): string => `{${parts.map(([, text]) => text).join(',')}}`;
  const sha256 = sha256Hex(textOf(members));
  const whole = inOrder(Object.entries({ ...record, sha256 }));
  const parsed = resultRecord.safeParse(whole);
  // Not parsed.data: zod leaves a key "__proto__" out, and the checksum is over all of it.
  if (parsed.success) {
    const at = members.findIndex(([name]) => name > 'sha256');
    const body = Buffer.from(textOf(members.toSpliced(at, 0, written('sha256', sha256))), 'utf8');
    return { record: whole as ResultRecord, body };
  }
  const [issue] = parsed.error.issues;
  throw new TypeError(`not a ${RESULT_SCHEMA}: ${issue?.path.join('.')}: ${issue?.message}`);
}

/** The checksum a record must carry: over its canonical form without the `sha256` member. */
export function recordSha256(record: JsonObject): string {
  const { sha256: _own, ...rest } = record;
  return sha256Hex(canonicalJson(cleanObject(rest)));
}

/** Key and exact bytes of a record, fixed when its job ends. `sha256` is the record's own. */
export function prepareOutboxEntry({ record, body }: SealedResult): {
  readonly key: string;
  readonly body: Buffer;
  readonly sha256: string;
} {
  const { tenant_id, kind, job_id, updated_at, sha256 } = record;
  return { key: resultKey({ tenant_id, kind, job_id, ended_at: updated_at }), body, sha256 };
}
