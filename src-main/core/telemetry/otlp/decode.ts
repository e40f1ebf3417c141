import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EpochMicroseconds, Milliseconds } from '#shared/model/units.ts';
import { jsonSpans } from './json.ts';
import { protobufSpans } from './protobuf.ts';
import type { OtlpDecoded, OtlpSpanIn } from './seams.ts';

export type OtlpEncoding = 'json' | 'protobuf';

const MAX_REASONS = 5;

/** A trace request. Spans that break a rule are counted, not taken. Throws `otlp.invalid` when it is none. */
export function decodeOtlp(body: Uint8Array, encoding: OtlpEncoding): OtlpDecoded {
  const decoding = decodeInSlices(body, encoding);
  for (;;) {
    const { done, value } = decoding.next();
    if (done === true) return value;
  }
}

/** The same, a span at a time: whoever drives it may pause between any two. */
export function* decodeInSlices(body: Uint8Array, encoding: OtlpEncoding): Generator<undefined, OtlpDecoded> {
  const spans: OtlpSpanIn[] = [];
  const reasons = new Set<string>();
  let rejected = 0;
  for (const span of encoding === 'json' ? jsonSpans(body) : protobufSpans(body)) {
    if (typeof span === 'string') {
      rejected++;
      if (reasons.size < MAX_REASONS) reasons.add(span);
    } else if (span !== undefined) spans.push(span);
    yield;
  }
  return { spans: withTimes(spans), rejected, reasons: [...reasons] };
}

/** Reading gives everything else a turn this often. */
const SLICE_MS: Milliseconds = 10;

/** Drives such reading to its end without holding up everything else. */
export async function inTurns<T>(reading: Generator<undefined, T>): Promise<T> {
  let since = performance.now();
  for (let i = 1; ; i++) {
    const { done, value } = reading.next();
    if (done === true) return value;
    if (i % 16 !== 0 || performance.now() - since < SLICE_MS) continue;
    await nextTurn();
    since = performance.now();
  }
}

/** A span without any time stands where the first of its trace does, which is nearer to the truth than 1970. */
function withTimes(spans: readonly OtlpSpanIn[]): readonly OtlpSpanIn[] {
  if (!spans.some(({ start_us }) => start_us === 0)) return spans;
  const firstOf = new Map<string, EpochMicroseconds>();
  for (const { trace_id, start_us } of spans) {
    if (start_us > 0 && start_us < (firstOf.get(trace_id) ?? Infinity)) firstOf.set(trace_id, start_us);
  }
  return spans.map((span) =>
    span.start_us > 0 ? span : { ...span, start_us: firstOf.get(span.trace_id) ?? 0 },
  );
}
