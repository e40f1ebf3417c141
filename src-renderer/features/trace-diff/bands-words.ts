import { formatCount, formatDuration } from '#shared/lib/format.ts';
import type { TraceBands } from '#shared/model/compare.ts';

const jobs = (n: number): string => `${formatCount(n)} ${n === 1 ? 'job' : 'jobs'}`;

/** `In 412 jobs the step whose time varies most is agent.ask/driver.call: 9.10 s to 24.3 s (10th to 90th percentile).` */
export function bandsSentence(bands: TraceBands): string {
  const parents = new Set(bands.rows.map(({ parent }) => parent));
  const own = bands.rows.filter((_, i) => !parents.has(i));
  const spread = (row: TraceBands['rows'][number]): number => row.duration[2] - row.duration[0];
  const widest = own.reduce<TraceBands['rows'][number] | null>(
    (most, row) => (most === null || spread(row) > spread(most) ? row : most),
    null,
  );
  if (widest === null || bands.jobs < 2 || spread(widest) <= 0) return `${jobs(bands.jobs)}.`;
  const path = widest.path.split('/').slice(-2).join('/');
  return `In ${jobs(bands.jobs)} the step whose time varies most is ${path}: ${formatDuration(widest.duration[0])} to ${formatDuration(widest.duration[2])} (10th to 90th percentile, n ${formatCount(widest.n)}).`;
}

/** What is not in the picture, in sentences; '' when everything is. */
export function leftOutSentence(bands: TraceBands, wanted: number): string {
  const parts: string[] = [];
  const taken = bands.jobs + bands.left_out;
  if (bands.duplicates > 0) parts.push(`${jobs(bands.duplicates)} in two sources counted once.`);
  if (wanted > taken + bands.duplicates)
    parts.push(`The newest ${formatCount(taken)} of ${jobs(wanted)} were taken.`);
  if (bands.left_out > 0)
    parts.push(`${jobs(bands.left_out)} left out: without spans, gone, or too large to align.`);
  if (bands.rows_left_out > 0)
    parts.push(`${formatCount(bands.rows_left_out)} steps of the fewest jobs are not shown.`);
  return parts.join(' ');
}
