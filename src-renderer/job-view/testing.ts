import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import type { TraceColumns } from '#shared/model/trace-columns.ts';

const ORIGIN_US = 1_700_000_000_000_000;

/** Index of a picture's span by its letters: 'ask' -> a 16 digit id. */
export const idOf = (name: string): string =>
  [...name]
    .map((letter) => letter.charCodeAt(0).toString(16).padStart(2, '0'))
    .join('')
    .padStart(16, '0')
    .slice(-16);

/**
 * A trace as drawn: a line a span, its name, indented under its parent, then its bar; a column is a millisecond.
 * `~` ends a bar that is open; `|` alone is an instant.
 *
 *   job   |--------|
 *     ask   |----~
 */
export function draw(picture: string, flags: Readonly<Record<string, number>> = {}): TraceColumns {
  const lines = picture.split('\n').filter((line) => line.trim() !== '');
  const path: { readonly indent: number; readonly name: string }[] = [];
  const spans: TraceSpan[] = lines.map((line, i) => {
    const indent = line.search(/\S/);
    const [name = ''] = line.trim().split(/\s/);
    const from = line.indexOf('|');
    const to = Math.max(line.lastIndexOf('|'), line.lastIndexOf('~'));
    while (path.length > 0 && (path.at(-1)?.indent ?? 0) >= indent) path.pop();
    const parent = path.at(-1);
    path.push({ indent, name });
    return {
      span_id: idOf(name),
      parent_span_id: parent === undefined ? null : idOf(parent.name),
      name,
      start_us: ORIGIN_US + from * 1000,
      duration_us: line[to] === '~' ? null : (to - from) * 1000,
      event_id: i + 1,
      flags: flags[name] ?? 0,
      label: '',
      call: null,
    };
  });
  return buildTrace(spans);
}

/** Index of the span of that name. */
export const at = (trace: TraceColumns, name: string): number => {
  const index = trace.names.indexOf(name);
  return [...trace.name.subarray(0, trace.count)].indexOf(index);
};

export const namesOf = (trace: TraceColumns, spans: Iterable<number>): string[] =>
  [...spans].map((i) => (i < 0 ? `gap ${-1 - i}` : (trace.names[trace.name[i] ?? 0] ?? '')));

/** One chain, each inside the one before. */
export function chain(depth: number): TraceColumns {
  return buildTrace(
    Array.from({ length: depth }, (_, i) => ({
      span_id: idOf(String(i)),
      parent_span_id: i === 0 ? null : idOf(String(i - 1)),
      name: `level.${i}`,
      start_us: ORIGIN_US + i * 10,
      duration_us: (depth * 2 - i * 2) * 10 + 10,
      event_id: i + 1,
      flags: 0,
      label: '',
      call: null,
    })),
  );
}
