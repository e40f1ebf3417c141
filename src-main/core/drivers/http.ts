import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { currentTraceContext } from '#core/telemetry/propagation.ts';
import { nestsTooDeep } from '#shared/lib/json-depth.ts';
import { abortFailure, CodedError } from '#shared/model/failure.ts';
import type { JsonObject } from '#shared/model/job.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { firstOf, redact, withoutValues } from './redact.ts';
import { readResult, tooDeep } from './reply.ts';
import type { DriverCall, DriverTransport } from './transport.ts';

const MAX_BODY_BYTES = 16 * 1024 * 1024;
const FIRST_POLL_MS = 100;
const SLOWEST_POLL_MS = 2000;
const JOB_LIMIT_MS = 3_600_000;
/** Polls that may fail one after the other before the call does. */
const FAILED_POLLS = 5;

export interface HttpDriver {
  readonly driver_name: string;
  readonly base_url: string;
  readonly tenant: string;
  readonly token: string | null;
  readonly slowestPollMs?: Milliseconds;
  readonly jobLimitMs?: Milliseconds;
}

const accepted = z.object({ job_id: z.union([z.string().min(1), z.number()]) });
const jobState = z.object({
  status: z.string().nullish(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
});

/** RUNE's HTTP transport: submit the action, poll its job to the end (reference: drivers §3). */
export const createHttpTransport = (driver: HttpDriver): DriverTransport => ({
  driver_name: driver.driver_name,
  transport_type: 'http',
  async call(call) {
    const path = `/v1/actions/${encodeURIComponent(call.action)}`;
    const job = await request(driver, call, path, accepted, { params: call.params });
    return poll(driver, call, String(job.job_id));
  },
});

async function poll(driver: HttpDriver, call: DriverCall, jobId: string): Promise<JsonObject> {
  const limit = driver.jobLimitMs ?? JOB_LIMIT_MS;
  const until = performance.now() + limit;
  let waitMs = FIRST_POLL_MS;
  let failed = 0;
  while (performance.now() < until) {
    await pause(waitMs, call.signal);
    waitMs = Math.min(waitMs * 1.6, driver.slowestPollMs ?? SLOWEST_POLL_MS);
    let state: z.infer<typeof jobState>;
    try {
      state = await request(driver, call, `/v1/jobs/${encodeURIComponent(jobId)}`, jobState);
      failed = 0;
    } catch (thrown) {
      failed++;
      if (!(thrown instanceof CodedError) || thrown.retryable !== true || failed >= FAILED_POLLS)
        throw thrown;
      continue;
    }
    switch (state.status?.trim().toLowerCase()) {
      case 'succeeded':
      case 'success':
      case 'completed':
        return withoutValues(readResult(driver.driver_name, state.result), secretsOf(driver));
      case 'failed':
      case 'error':
      case 'cancelled':
      case 'canceled':
        throw jobFailed(driver, jobId, state);
    }
  }
  throw new CodedError(
    'driver.timeout',
    `Driver "${driver.driver_name}" did not finish its job ${jobId} within ${limit / 1000} s. Look at the driver server.`,
    { retryable: true },
  );
}

function jobFailed(driver: HttpDriver, jobId: string, state: z.infer<typeof jobState>): CodedError {
  const said = typeof state.error === 'string' && state.error !== '' ? state.error : (state.status ?? '');
  const text = redact(said, secretsOf(driver));
  return new CodedError(
    'driver.error',
    `Driver "${driver.driver_name}" reports that its job ${jobId} failed: ${text.slice(0, 1000)}`,
    { detail: text.slice(0, 4000) },
  );
}

async function request<T>(
  driver: HttpDriver,
  call: DriverCall,
  path: string,
  schema: z.ZodType<T>,
  body?: unknown,
): Promise<T> {
  if (call.signal.aborted) throw abortFailure(call.signal);
  const late = AbortSignal.timeout(Math.min(call.timeoutMs, 2 ** 31 - 1));
  try {
    const response = await fetch(driver.base_url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: headersFor(driver),
      // The token is for this server, not for wherever it points.
      redirect: 'manual',
      signal: AbortSignal.any([call.signal, late]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await readLimited(driver, response);
    if (!response.ok) throw statusFailure(driver, response.status, text);
    return parse(driver, text, schema);
  } catch (thrown) {
    if (thrown instanceof CodedError) throw thrown;
    if (call.signal.aborted) throw abortFailure(call.signal);
    throw late.aborted ? slow(driver, call) : unreachable(driver, thrown);
  }
}

function headersFor(driver: HttpDriver): Record<string, string> {
  const trace = currentTraceContext();
  return {
    'content-type': 'application/json',
    'x-tenant-id': driver.tenant,
    ...(driver.token === null ? {} : { authorization: `Bearer ${driver.token}`, 'x-api-key': driver.token }),
    ...(trace === null ? {} : { traceparent: trace.traceparent }),
  };
}

async function readLimited(driver: HttpDriver, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new CodedError(
        'driver.output_too_large',
        `Driver "${driver.driver_name}" answered with more than ${MAX_BODY_BYTES / 2 ** 20} MiB.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse<T>(driver: HttpDriver, text: string, schema: z.ZodType<T>): T {
  if (nestsTooDeep(text)) throw tooDeep(driver.driver_name);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CodedError(
    'driver.bad_output',
    `Driver "${driver.driver_name}" at ${driver.base_url} does not answer as a RUNE driver server. Check its URL.`,
    { detail: firstOf(text, 500, (said) => redact(said, secretsOf(driver))) },
  );
}

function statusFailure(driver: HttpDriver, status: number, text: string): CodedError {
  const advice =
    status === 401 || status === 403
      ? 'Check the token of the driver'
      : status === 404
        ? 'Check the URL of the driver: RUNE’s own API server has no /v1/actions'
        : 'Look at the log of the driver server';
  return new CodedError(
    'driver.http_status',
    `Driver "${driver.driver_name}" at ${driver.base_url} answered HTTP ${status}. ${advice}.`,
    {
      detail: firstOf(text, 2000, (said) => redact(said, secretsOf(driver))),
      retryable: status === 429 || status >= 500,
    },
  );
}

const slow = (driver: HttpDriver, call: DriverCall): CodedError =>
  new CodedError(
    'driver.timeout',
    `Driver "${driver.driver_name}" at ${driver.base_url} did not answer within ${call.timeoutMs / 1000} s.`,
    { retryable: true },
  );

const unreachable = (driver: HttpDriver, thrown: unknown): CodedError => {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  return new CodedError(
    'driver.unreachable',
    `Driver "${driver.driver_name}" cannot be reached at ${driver.base_url}. Start the driver server, or correct its URL.`,
    { detail: cause instanceof Error ? cause.message : String(cause), retryable: true, cause: thrown },
  );
};

const secretsOf = (driver: HttpDriver): readonly string[] => (driver.token ? [driver.token] : []);

async function pause(ms: Milliseconds, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw abortFailure(signal);
  }
}
