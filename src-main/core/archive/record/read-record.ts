import { isUtf8 } from 'node:buffer';
import { isObject, parseLenient } from '#core/store/lenient-json.ts';
import { MAX_JSON_DEPTH, nestsTooDeep } from '#shared/lib/json-depth.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Json, JsonObject } from '#shared/model/job.ts';
import type { Bytes, EpochSeconds, Usd } from '#shared/model/units.ts';
import { toEpoch } from './read-times.ts';
import { RESULT_SCHEMA } from './result-record.ts';

/** Larger objects are not read: no result comes near it, and its JSON takes several times its size in memory. */
export const MAX_RESULT_BYTES: Bytes = 256 * 1024 * 1024;

/** Longer ones are no id that a job could be asked for by. */
const MAX_JOB_ID = 128;

/** A result whoever wrote it, under our names. Lists stay as they are; whoever shows them decides about each entry. */
export interface RecordView {
  readonly job_id: string;
  readonly tenant_id: string;
  readonly kind: string;
  readonly status: string;
  readonly demo: boolean;
  readonly request: Json;
  readonly result: Json;
  readonly error: { readonly code: string; readonly message: string; readonly detail?: string } | null;
  readonly message: string | null;
  readonly created_at: EpochSeconds;
  readonly started_at: EpochSeconds | null;
  readonly updated_at: EpochSeconds;
  readonly estimate: JsonObject | null;
  readonly actual_cost: Usd | null;
  readonly chain: JsonObject | null;
  readonly spans: readonly Json[];
  readonly events: readonly Json[];
  readonly artifacts: readonly Json[];
}

/** What a result's bytes say. */
export interface ReadRecord {
  /** Every member as it came, unknown ones too: written again, it is the same record. */
  readonly record: JsonObject;
  readonly view: RecordView;
  /** It says that it is `rune.result/1`; if not, it is upstream's bare record or another program's. */
  readonly is_ours: boolean;
  /** The record's own hash, when it carries one. */
  readonly sha256: string | null;
  /** Members that were mapped, missing or odd, in sentences. */
  readonly notes: readonly string[];
}

/** Reads a result in any spelling. Throws `archive.not_json` and `archive.not_a_result`. */
export function readRecord(bytes: Uint8Array): ReadRecord {
  const notes: string[] = [];
  const value = parse(bytes, notes);
  if (!isObject(value))
    throw new CodedError(
      'archive.not_a_result',
      `This is no result of a job: it holds ${Array.isArray(value) ? 'a list' : 'a single value'} where an object is expected.`,
    );
  const is_ours = value.schema === RESULT_SCHEMA;
  if (!is_ours)
    notes.push(
      typeof value.schema === 'string'
        ? `schema: "${value.schema.slice(0, 80)}" is not known here; it is read as far as it can be.`
        : 'The record names no schema: it was not written by Runescope, and carries no more than its members.',
    );
  const sha256 = typeof value.sha256 === 'string' ? value.sha256 : null;
  return { record: value, view: viewOf(value, notes), is_ours, sha256, notes };
}

function parse(bytes: Uint8Array, notes: string[]): Json {
  const notJson = (message: string, cause?: unknown): CodedError =>
    new CodedError('archive.not_json', message, {
      cause,
      ...(cause instanceof Error && { detail: cause.message.slice(0, 300) }),
    });
  if (bytes.length === 0) throw notJson('The object is empty.');
  if (!isUtf8(bytes)) throw notJson('This is not JSON: its bytes are not UTF-8 text.');
  let text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (text.startsWith('\ufeff')) {
    text = text.slice(1);
    notes.push('The text begins with a byte order mark, which is left out.');
  }
  if (nestsTooDeep(text))
    throw notJson(`Its JSON is nested more than ${MAX_JSON_DEPTH} deep and was not read. No result is.`);
  try {
    return JSON.parse(text) as Json;
  } catch (thrown) {
    const { value, oddity } = parseLenient(text);
    if (value === undefined) throw notJson('This is not valid JSON; it may have been cut short.', thrown);
    if (oddity !== null) notes.push(`The record ${oddity}.`);
    return value;
  }
}

function viewOf(record: JsonObject, notes: string[]): RecordView {
  const job_id = pick(record, ['job_id', 'id'], nameOf, notes);
  if (job_id === null)
    throw new CodedError(
      'archive.not_a_result',
      'This is no result of a job: it has neither a job_id nor an id.',
    );
  if (job_id.length > MAX_JOB_ID)
    throw new CodedError(
      'archive.not_a_result',
      `This is no result of a job: its job_id has ${job_id.length.toLocaleString('en')} characters.`,
    );
  const time = (names: readonly string[]) => pick(record, names, toEpoch, notes);
  const updated = time(['updated_at', 'finished_at', 'ended_at', 'completed_at']);
  const created = time(['created_at']);
  if (updated === null && created === null) notes.push('times: the record holds none.');
  const result = record.result ?? null;
  return {
    job_id,
    tenant_id: pick(record, ['tenant_id', 'tenant'], nameOf, notes) ?? missing('tenant_id', 'default', notes),
    kind: pick(record, ['kind', 'job_kind'], nameOf, notes) ?? missing('kind', 'unknown', notes),
    status:
      pick(record, ['status'], nameOf, notes) ??
      missing('status', result === null ? 'unknown' : 'succeeded', notes),
    demo: record.demo === true,
    request: record.request ?? null,
    result,
    error: errorOf(record.error),
    message: nameOf(record.message),
    created_at: created ?? updated ?? 0,
    started_at: time(['started_at']),
    updated_at: updated ?? created ?? 0,
    estimate: isObject(record.estimate) ? record.estimate : null,
    actual_cost:
      typeof record.actual_cost === 'number' && record.actual_cost >= 0 ? record.actual_cost : null,
    chain: isObject(record.chain) ? record.chain : null,
    spans: listOf(record, 'spans', notes),
    events: listOf(record, 'events', notes),
    artifacts: listOf(record, 'artifacts', notes),
  };
}

const nameOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null;

/** The first of `names` that holds something readable; says which one, and which disagree. */
function pick<T>(
  record: JsonObject,
  names: readonly string[],
  read: (value: unknown) => T | null,
  notes: string[],
): T | null {
  let found: T | null = null;
  for (const name of names) {
    const given = Object.hasOwn(record, name) ? record[name] : undefined;
    if (given === undefined || given === null) continue;
    const value = read(given);
    if (value === null) notes.push(`${name}: ${shorten(given)} cannot be read.`);
    else if (found === null) {
      found = value;
      if (name !== names[0]) notes.push(`${names[0]}: taken from "${name}".`);
      else if (typeof given !== typeof value) notes.push(`${name}: ${shorten(given)} is read as ${value}.`);
    } else if (found !== value && !isOtherTime(name)) {
      notes.push(`${name}: ${shorten(given)} contradicts "${names[0]}".`);
    }
  }
  return found;
}

/** Not another spelling of the first, but a time of its own. */
const isOtherTime = (name: string): boolean => name.endsWith('_at');
const shorten = (value: unknown): string => JSON.stringify(value).slice(0, 60);

function missing(name: string, used: string, notes: string[]): string {
  notes.push(`${name}: not in the record; shown as "${used}".`);
  return used;
}

function errorOf(error: Json | undefined): RecordView['error'] {
  if (typeof error === 'string' && error !== '') return { code: 'job.failed', message: error };
  if (!isObject(error)) return null;
  const { code, message, detail } = error;
  return {
    code: typeof code === 'string' && code !== '' ? code : 'job.failed',
    message: typeof message === 'string' ? message : 'The record holds no error message.',
    ...(typeof detail === 'string' && { detail }),
  };
}

function listOf(record: JsonObject, name: string, notes: string[]): readonly Json[] {
  const value = record[name];
  if (Array.isArray(value)) return value as readonly Json[];
  if (value !== undefined && value !== null) notes.push(`${name}: is no list and was not read.`);
  return [];
}
