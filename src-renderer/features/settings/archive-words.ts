import { formatCount } from '#shared/lib/format.ts';
import type { ArchiveTargetInfo, OutboxEntry } from '#shared/model/archive.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** `1,204 delivered, 3 waiting, 1 refused`; what is zero is left out, but something is always said. */
export function deliveryWords(target: ArchiveTargetInfo): string {
  const waiting = target.pending - target.refused;
  return [
    target.kind === 'missing' && target.delivered === 0 ? null : `${formatCount(target.delivered)} delivered`,
    waiting > 0 ? `${formatCount(waiting)} waiting` : null,
    target.refused > 0 ? `${formatCount(target.refused)} refused` : null,
  ]
    .filter((part) => part !== null)
    .join(', ');
}

export type TargetTone = 'plain' | 'waiting' | 'trouble';

export function targetTone(target: ArchiveTargetInfo): TargetTone {
  if (target.down !== null || target.refused > 0 || (target.kind === 'missing' && target.pending > 0)) {
    return 'trouble';
  }
  return target.pending > 0 ? 'waiting' : 'plain';
}

/** `in 14 s`, `in 3 m 20 s`, `now`. */
export function untilWords(at: EpochSeconds, now: EpochSeconds): string {
  const seconds = Math.ceil(at - now);
  if (seconds <= 0) return 'now';
  if (seconds < 60) return `in ${seconds} s`;
  if (seconds < 3600) return `in ${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
  return `in ${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} m`;
}

/** Why an entry waits: refused for what it is, tried in vain, or not yet tried. */
export function entryState(entry: OutboxEntry): 'refused' | 'failed' | 'waiting' {
  if (entry.refused) return 'refused';
  return entry.last_error === null ? 'waiting' : 'failed';
}

export const resultsWords = (count: number): string =>
  `${formatCount(count)} ${count === 1 ? 'result' : 'results'}`;

/** `1 to 50 of 1,204`. */
export const pageWords = (offset: number, shown: number, total: number): string =>
  total === 0
    ? 'none'
    : `${formatCount(offset + 1)} to ${formatCount(offset + shown)} of ${formatCount(total)}`;

const PROBLEM = /(?:^|[.;] )(?:archive\.targets\.(\d+)|setting)\.(\w+): (.+?)(?=; |\.$|$)/g;

/**
 * The engine's words about a target's fields, by field. It says them in one sentence for all of the settings
 * (`archive.targets.0.bucket: is no bucket name`); those of another target are left out.
 */
export function fieldProblems(message: string, index: number): Readonly<Record<string, string>> {
  const problems: Record<string, string> = {};
  for (const [, at, field, problem] of message.matchAll(PROBLEM)) {
    if (field === undefined || problem === undefined) continue;
    if (at !== undefined && Number(at) !== index) continue;
    problems[field] ??= problem;
  }
  return problems;
}

/** Whether the marks at the fields say all that the sentence does. */
export const isAllMarked = (message: string, problems: Readonly<Record<string, string>>): boolean => {
  const marked = Object.values(problems).reduce((sum, problem) => sum + problem.length, 0);
  const count = Object.keys(problems).length;
  const named = message.match(/(?:^|[.;] )(?:archive\.targets\.\d+|setting)\.\w+: /g)?.join('').length ?? 0;
  return count > 0 && message.length <= 'The input is not valid'.length + named + marked + 1;
};
