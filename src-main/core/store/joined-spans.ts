import type { TraceSpan } from '#shared/model/trace-build.ts';
import { SPAN_CLAMPED, SPAN_INFERRED } from '#shared/model/trace-columns.ts';
import type { EpochMicroseconds, Microseconds } from '#shared/model/units.ts';

/** A span of somebody else's on its way into a trace of ours. */
export type ForeignSpan = Pick<
  TraceSpan,
  'span_id' | 'parent_span_id' | 'name' | 'start_us' | 'flags' | 'label'
> & { readonly duration_us: Microseconds };

/** Many libraries take their times from a clock of whole milliseconds: that much is no skew. */
const TOLERANCE_US: Microseconds = 2000;

/** Where a foreign span may lie, and how far its whole subtree is moved. */
interface Room {
  readonly from: EpochMicroseconds;
  readonly to: EpochMicroseconds;
  readonly shift: Microseconds;
}
const EVERYWHERE: Room = { from: 0, to: Number.POSITIVE_INFINITY, shift: 0 };

/**
 * Foreign spans among those that we recorded: below the parent they name; where nobody knows that, below the
 * driver.call that ran when they began (flag SPAN_INFERRED); else as roots. Our times are the measure: what lies
 * outside the span of ours around it has another clock and is moved, with all below it, and cut (flag SPAN_CLAMPED):
 *
 *   driver.call      |--------------|              |--------------|
 *   chat                               |---|   ->             |---|
 */
export function joinSpans(own: readonly TraceSpan[], foreign: readonly ForeignSpan[]): TraceSpan[] {
  const ownById = new Map(own.map((span) => [span.span_id, span]));
  // Our own export may come back to us.
  const strangers = foreign.filter((span) => !ownById.has(span.span_id));
  const byId = new Map(strangers.map((span) => [span.span_id, span]));
  const calls = own.filter((span) => span.name === 'driver.call').sort((a, b) => a.start_us - b.start_us);
  const roomOf = new Map<string, Room>();
  const parentOf = (span: ForeignSpan): TraceSpan | ForeignSpan | undefined => {
    const named = span.parent_span_id;
    if (named === null || named === span.span_id) return callAt(calls, span.start_us);
    return ownById.get(named) ?? byId.get(named) ?? callAt(calls, span.start_us);
  };

  /** Rooms of a span's ancestors first; a cycle is broken where it closes. */
  const roomFor = (start: ForeignSpan): Room => {
    const path: ForeignSpan[] = [];
    const onPath = new Set<string>();
    let span = start;
    let outer: Room = EVERYWHERE;
    for (;;) {
      const known = roomOf.get(span.span_id);
      if (known !== undefined) {
        outer = known;
        break;
      }
      if (onPath.has(span.span_id)) break;
      path.push(span);
      onPath.add(span.span_id);
      const parent = parentOf(span);
      if (parent === undefined) break;
      const ours = ownById.get(parent.span_id);
      if (ours !== undefined) {
        outer = roomIn(ours, span);
        break;
      }
      span = parent as ForeignSpan;
    }
    for (const one of path) roomOf.set(one.span_id, outer);
    return outer;
  };

  return strangers.map((span) => {
    const room = roomFor(span);
    const from = Math.min(Math.max(span.start_us + room.shift, room.from), room.to);
    const to = Math.max(from, Math.min(span.start_us + span.duration_us + room.shift, room.to));
    const moved =
      Math.abs(from - span.start_us) > TOLERANCE_US ||
      Math.abs(to - span.start_us - span.duration_us) > TOLERANCE_US;
    const parent = parentOf(span);
    return {
      span_id: span.span_id,
      parent_span_id: parent?.span_id ?? null,
      name: span.name,
      start_us: from,
      duration_us: to - from,
      event_id: 0,
      flags:
        span.flags |
        (moved ? SPAN_CLAMPED : 0) |
        (parent !== undefined && parent.span_id !== span.parent_span_id ? SPAN_INFERRED : 0),
      label: span.label,
      call: null,
    };
  });
}

/** The call that began last of those that ran then; `calls` by start. */
function callAt(calls: readonly TraceSpan[], at: EpochMicroseconds): TraceSpan | undefined {
  return calls.findLast(
    ({ start_us, duration_us }) =>
      start_us - TOLERANCE_US <= at && (duration_us === null || at <= start_us + duration_us + TOLERANCE_US),
  );
}

function roomIn({ start_us, duration_us }: TraceSpan, span: ForeignSpan): Room {
  const from = start_us;
  const to = duration_us === null ? Number.POSITIVE_INFINITY : start_us + duration_us;
  if (span.start_us < from - TOLERANCE_US) return { from, to, shift: from - span.start_us };
  if (span.start_us > to + TOLERANCE_US)
    return { from, to, shift: Math.max(from, to - span.duration_us) - span.start_us };
  return { from, to, shift: 0 };
}
