import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { guardStore } from '#core/store/database.ts';
import { decodeInSlices, inTurns } from '#core/telemetry/otlp/decode.ts';
import { JsonWalk } from '#core/telemetry/otlp/json-walk.ts';
import type { OtlpSpanIn } from '#core/telemetry/otlp/seams.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Bytes, EpochMicroseconds } from '#shared/model/units.ts';
import { readChrome } from './chrome-trace.ts';

const MAX_FILE: Bytes = 256 * 1024 * 1024;
const MAX_SPANS = 1_000_000;
/** Enough to see what begins; SQLite's own header is shorter. */
const HEAD_BYTES = 512;

export type TraceFileFormat = 'otlp' | 'chrome' | 'result';

export type TraceFile =
  | { readonly format: 'result'; readonly bytes: Uint8Array }
  | {
      readonly format: 'otlp' | 'chrome';
      readonly spans: readonly OtlpSpanIn[];
      /** What was left out or assumed, in sentences. */
      readonly notes: readonly string[];
    };

/** Whether a file holds JSON, by how it begins: then it is no job store. False where it cannot be read. */
export function beginsAsJson(path: string): boolean {
  const head = Buffer.alloc(HEAD_BYTES);
  let length: number;
  try {
    const file = openSync(path, 'r');
    try {
      length = readSync(file, head, 0, HEAD_BYTES, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
  return /^(\uFEFF)?\s*[{[]/.test(head.toString('utf8', 0, length));
}

/**
 * A file of OTLP JSON (one request, or one a line), a Chrome trace, or one archived result. Throws `store.*`,
 * `trace_file.unknown_format` and `trace_file.invalid`. `traceId`: of spans that have none.
 */
export async function readTraceFile(path: string, traceId: string): Promise<TraceFile> {
  const { size, mtimeMs } = guardStore(path, () => statSync(path));
  if (size > MAX_FILE) throw invalid(path, `it has ${size} bytes, and at most ${MAX_FILE} are read`);
  const bytes = await readFile(path).catch((thrown: unknown) =>
    guardStore(path, (): never => {
      throw thrown;
    }),
  );
  const text = textOf(path, bytes);
  const format = coded(path, () => formatOf(path, text));
  if (format === 'result') return { format, bytes };
  try {
    const read =
      format === 'chrome'
        ? await chromeFile(text, traceId, Math.round(mtimeMs * 1000))
        : await otlpFile(text);
    if (read.spans.length === 0)
      throw invalid(path, ['it holds no spans', ...read.notes].join('. ').replace(/\.$/, ''));
    if (read.spans.length > MAX_SPANS)
      throw invalid(path, `it holds ${read.spans.length} spans, and at most ${MAX_SPANS} are read`);
    return { format, ...read };
  } catch (thrown) {
    throw inWords(path, thrown);
  }
}

function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(path, 'it is not UTF-8');
  }
}

/** By the first member that one of the formats has. */
function formatOf(path: string, text: string): TraceFileFormat {
  if (text.trimStart().startsWith('[')) return 'chrome';
  const walk = new JsonWalk(text);
  for (const key of walk.members()) {
    if (key === 'resourceSpans' || key === 'resource_spans') return 'otlp';
    if (key === 'traceEvents') return 'chrome';
    if (key === 'schema' && /^"rune\.result\//.test(walk.raw())) return 'result';
    if (key !== 'schema') walk.raw();
  }
  throw new CodedError(
    'trace_file.unknown_format',
    `${path} is JSON, but neither OTLP traces (resourceSpans), nor a Chrome trace (traceEvents), nor an archived result (schema rune.result/1).`,
  );
}

interface Spans {
  readonly spans: readonly OtlpSpanIn[];
  readonly notes: readonly string[];
}

async function chromeFile(text: string, traceId: string, from: EpochMicroseconds): Promise<Spans> {
  const { spans, skipped, cut, relative } = await inTurns(readChrome(text, traceId, from));
  return {
    spans,
    notes: [
      ...(skipped === 0 ? [] : [`${skipped} events are no spans and were left out.`]),
      ...(cut ? ['The file ends in the middle: what comes before that is shown.'] : []),
      ...(relative
        ? [
            'Its times count from an unknown moment: they are shown as if that were when the file was written.',
          ]
        : []),
    ],
  };
}

/** One request, or one on each line as collectors write them. */
async function otlpFile(text: string): Promise<Spans> {
  const spans: OtlpSpanIn[] = [];
  const reasons = new Set<string>();
  let rejected = 0;
  const bytesOf = new TextEncoder();
  const take = async (request: string): Promise<void> => {
    const decoded = await inTurns(decodeInSlices(bytesOf.encode(request), 'json'));
    for (const span of decoded.spans) spans.push(span);
    rejected += decoded.rejected;
    for (const reason of decoded.reasons) reasons.add(reason);
  };
  let cut = false;
  if (isOneDocument(text)) await take(text);
  else {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    for (const [i, line] of lines.entries()) {
      try {
        await take(line);
      } catch (thrown) {
        // A collector that was stopped leaves half a line.
        if (i === 0 || i < lines.length - 1 || text.endsWith('\n')) throw lineOf(thrown, i + 1);
        cut = true;
      }
    }
  }
  return {
    spans,
    notes: [
      ...(rejected === 0
        ? []
        : [`${rejected} spans could not be read and were left out: ${[...reasons].join('; ')}.`]),
      ...(cut ? ['The last line is cut short and was left out.'] : []),
    ],
  };
}

/** Not, when its first line is a document of its own and more follows. */
function isOneDocument(text: string): boolean {
  const [first = '', ...rest] = text.trimStart().split(/\n(.*)/s, 2);
  if (rest.join('').trim() === '') return true;
  try {
    JSON.parse(first);
    return false;
  } catch {
    return true;
  }
}

const lineOf = (thrown: unknown, line: number): unknown =>
  thrown instanceof CodedError
    ? new CodedError(thrown.code, `Line ${line}: ${thrown.message}`, { cause: thrown })
    : thrown;

const invalid = (path: string, why: string): CodedError =>
  new CodedError('trace_file.invalid', `${path} cannot be read as a trace: ${why}.`);

const inWords = (path: string, thrown: unknown): unknown =>
  thrown instanceof CodedError && thrown.code === 'otlp.invalid'
    ? invalid(path, thrown.message.replace(/^This is no OTLP trace request: /, '').replace(/\.$/, ''))
    : thrown;

function coded<T>(path: string, fn: () => T): T {
  try {
    return fn();
  } catch (thrown) {
    throw inWords(path, thrown);
  }
}
