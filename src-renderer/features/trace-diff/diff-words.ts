import { shareText } from '#renderer/job-view/steps/diff-steps.ts';
import { formatCount, formatDuration } from '#shared/lib/format.ts';
import { stepPath } from '#shared/model/trace-align.ts';
import { isNoDifference, shareOf, type TraceDiff } from '#shared/model/trace-diff.ts';

/** One part of the difference; `row` is null for what several steps or none account for. */
export interface ExplainedPart {
  readonly row: number | null;
  readonly name: string;
  readonly us: number;
  readonly share: number;
}

/** Steps named in the summary, at most, and the least share that is worth a name. */
const MOST = 3;
const LEAST = 0.05;

/** `B took 14.0 s longer than A: 21.4 s against 7.40 s.` */
export function differenceSentence({ deltaUs, timesA, timesB }: TraceDiff): string {
  const ms = (us: number): string => formatDuration(us / 1000);
  const both = `${ms(timesB.wholeUs)} against ${ms(timesA.wholeUs)}`;
  if (isNoDifference(deltaUs)) return `A and B took the same time, ${ms(timesA.wholeUs)}.`;
  return `B took ${ms(Math.abs(deltaUs))} ${deltaUs > 0 ? 'longer' : 'less'} than A: ${both}.`;
}

/** What explains the difference: the largest steps by their own time, the others together, the rest. Sums to 1. */
export function explainedParts(diff: TraceDiff): readonly ExplainedPart[] {
  const { ranked, ownDeltaUs, restUs, deltaUs } = diff;
  if (shareOf(diff, deltaUs) === null) return [];
  const parts: ExplainedPart[] = [];
  for (const row of ranked.subarray(0, MOST)) {
    const us = ownDeltaUs[row] as number;
    if (Math.abs(us / deltaUs) < LEAST) break;
    parts.push({ row, name: stepPath(diff.steps, row, 2), us, share: us / deltaUs });
  }
  let others = 0;
  let count = 0;
  for (const row of ranked.subarray(parts.length)) {
    const us = ownDeltaUs[row] as number;
    others += us;
    if (us !== 0) count++;
  }
  if (count > 0) {
    const name = count === 1 ? 'another step' : `${formatCount(count)} other steps`;
    parts.push({ row: null, name, us: others, share: others / deltaUs });
  }
  if (!isNoDifference(restUs)) {
    parts.push({ row: null, name: 'the rest, between steps', us: restUs, share: restUs / deltaUs });
  }
  return parts;
}

/** `agent.ask/driver.call explains 71.0 % of the 14.0 s difference` */
export function explanation(diff: TraceDiff): string {
  const [first] = explainedParts(diff);
  if (first === undefined || first.row === null) return 'No single step explains it';
  const whole = formatDuration(Math.abs(diff.deltaUs) / 1000);
  return `${first.name} explains ${shareText(first.share)} of the ${whole} difference`;
}
