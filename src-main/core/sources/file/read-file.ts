import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { guardStore } from '#core/store/database.ts';
import { decodeInSlices, inTurns } from '#core/telemetry/otlp/decode.ts';
import { JsonWalk } from '#core/telemetry/otlp/json-walk.ts';
import type { OtlpSpanIn } from '#core/telemetry/otlp/seams.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Bytes, EpochMicroseconds } from '#shared/model/units.ts';
import { MAX_SPANS, readChrome } from './chrome-trace.ts';

const MAX_FILE: Bytes = 256 * 1024 * 1024;
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

/** Whether a file holds JSON, plain or gzipped, by how it begins: then it is no job store. False where it cannot be read. */
export function beginsAsTrace(path: string): boolean {
  const head = Buffer.alloc(HEAD_BYTES);
  let length: number;
  try {
    // To open a pipe is to wait until somebody writes into it.
    if (!statSync(path).isFile()) return false;
    const file = openSync(path, 'r');
    try {
      length = readSync(file, head, 0, HEAD_BYTES, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
  return isGzip(head) || /^(\uFEFF)?\s*[{[]/.test(head.toString('utf8', 0, length));
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
const unzipped = promisify(gunzip);

/**
 * A file of OTLP JSON (one request, or one a line), a Chrome trace, or one archived result. Throws `store.*`,
 * `trace_file.unknown_format` and `trace_file.invalid`. `traceId`: of spans that have none.
 */
export async function readTraceFile(path: string, traceId: string): Promise<TraceFile> {
  const { size, mtimeMs } = guardStore(path, () => statSync(path));
  if (size > MAX_FILE) throw invalid(path, `it has ${size} bytes, and at most ${MAX_FILE} are read`);
  const read = await readFile(path).catch((thrown: unknown) =>
    guardStore(path, (): never => {
      throw thrown;
    }),
  );
  const bytes = isGzip(read) ? await inflated(path, read) : read;
  const text = textOf(path, bytes);
  const format = coded(path, () => formatOf(path, text));
  if (format === 'result') return { format, bytes };
  try {
    const trace =
      format === 'chrome'
        ? await chromeFile(text, traceId, Math.round(mtimeMs * 1000))
        : await otlpFile(path, text);
    if (trace.spans.length === 0)
      throw invalid(path, ['it holds no spans', ...trace.notes].join('. ').replace(/\.$/, ''));
    return { format, ...trace };
  } catch (thrown) {
    throw inWords(path, thrown);
  }
}

async function inflated(path: string, bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await unzipped(bytes, { maxOutputLength: MAX_FILE });
  } catch (thrown) {
    throw (thrown as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? invalid(path, `it inflates to more than ${MAX_FILE} bytes`)
      : invalid(path, 'its gzip is damaged or cut short');
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
  const { spans, skipped, cutAfter, relative } = await inTurns(readChrome(text, traceId, from));
  return {
    spans,
    notes: [
      ...(skipped === 0 ? [] : [`${skipped} events are no spans and were left out.`]),
      ...(cutAfter === null
        ? []
        : [`After its first ${cutAfter} events the file ends, or cannot be read: they are shown.`]),
      ...(relative
        ? [
            'Its times count from an unknown moment: they are shown as if that were when the file was written.',
          ]
        : []),
    ],
  };
}

/** One request, or one on each line as collectors write them. */
async function otlpFile(path: string, text: string): Promise<Spans> {
  const spans: OtlpSpanIn[] = [];
  const reasons = new Set<string>();
  let rejected = 0;
  const bytesOf = new TextEncoder();
  const take = async (request: string): Promise<void> => {
    const decoded = await inTurns(decodeInSlices(bytesOf.encode(request), 'json'));
    for (const span of decoded.spans) spans.push(span);
    if (spans.length > MAX_SPANS) throw invalid(path, `it holds more than ${MAX_SPANS} spans`);
    rejected += decoded.rejected;
    for (const reason of decoded.reasons) reasons.add(reason);
  };
  let cut = false;
  if (isOneDocument(text)) await take(text);
  else {
    const lines = text.split('\n');
    const last = lines.findLastIndex((line) => line.trim() !== '');
    for (const [i, line] of lines.entries()) {
      if (line.trim() === '') continue;
      try {
        await take(line);
      } catch (thrown) {
        if (!isNoRequest(thrown)) throw thrown;
        // A collector that was stopped leaves half a line.
        if (i < last || text.endsWith('\n')) throw invalid(path, `line ${i + 1}: ${whyNot(thrown)}`);
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

const invalid = (path: string, why: string): CodedError =>
  new CodedError('trace_file.invalid', `${path} cannot be read as a trace: ${why}.`);

const isNoRequest = (thrown: unknown): thrown is CodedError =>
  thrown instanceof CodedError && thrown.code === 'otlp.invalid';
const whyNot = ({ message }: CodedError): string =>
  message.replace(/^This is no OTLP trace request: /, '').replace(/\.$/, '');
const inWords = (path: string, thrown: unknown): unknown =>
  isNoRequest(thrown) ? invalid(path, whyNot(thrown)) : thrown;

function coded<T>(path: string, fn: () => T): T {
  try {
    return fn();
  } catch (thrown) {
    throw inWords(path, thrown);
  }
}
