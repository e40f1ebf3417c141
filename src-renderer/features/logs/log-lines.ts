import type { LogLine, LogPage } from '#shared/model/logs.ts';

/** As many lines as the page holds: tens of megabytes, and an hour of scrolling. */
export const MOST_LINES = 50_000;

/** Lines without a hole between them, the oldest first. */
export interface HeldLines {
  readonly lines: readonly LogLine[];
  /** Older ones match, too. */
  readonly more: boolean;
}
export const NO_LINES: HeldLines = { lines: [], more: false };

export const firstSeq = ({ lines }: HeldLines): number | null => lines[0]?.seq ?? null;
export const lastSeq = ({ lines }: HeldLines): number | null => lines.at(-1)?.seq ?? null;

/** With what came after the last of them. A page that could not hold all of it takes their place: no hole is shown as none. */
export function withNewer(held: HeldLines, page: LogPage): HeldLines {
  const last = lastSeq(held) ?? 0;
  const fresh = page.lines.filter((line) => line.seq > last);
  if (fresh.length === 0) return held;
  if (page.more && held.lines.length > 0) return { lines: fresh, more: true };
  const lines = [...held.lines, ...fresh];
  return lines.length <= MOST_LINES
    ? { lines, more: held.more || page.more }
    : { lines: lines.slice(-MOST_LINES), more: true };
}

/** With what came before the first of them. */
export function withOlder(held: HeldLines, page: LogPage): HeldLines {
  const first = firstSeq(held) ?? Number.POSITIVE_INFINITY;
  const fresh = page.lines.filter((line) => line.seq < first);
  return { lines: [...fresh, ...held.lines], more: page.more };
}

/** Index of the line with this number, -1 when it is not held. */
export function indexOfSeq(lines: readonly LogLine[], seq: number): number {
  let low = 0;
  let high = lines.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = lines[middle]?.seq ?? 0;
    if (found === seq) return middle;
    if (found < seq) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** How far down the rows that stay have moved: lines that came above them, less those that left. */
export function shiftOf(before: readonly LogLine[], after: readonly LogLine[]): number {
  const [first] = before;
  const [now] = after;
  if (first === undefined || now === undefined || first.seq === now.seq) return 0;
  if (now.seq < first.seq) return Math.max(0, indexOfSeq(after, first.seq));
  return -Math.max(0, indexOfSeq(before, now.seq));
}

/** One JSON object a line, as programs read logs. */
export const toJsonLines = (lines: readonly LogLine[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');
