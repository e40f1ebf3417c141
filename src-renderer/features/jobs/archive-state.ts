import type { ArchiveTargetInfo, JobArchiveState } from '#shared/model/archive.ts';

/** How one job's result stands in the archive, in the few words that fit beside its other facts. */
export interface ArchiveSummary {
  readonly tone: 'plain' | 'waiting' | 'trouble';
  readonly text: string;
}

export function archiveSummary(
  states: readonly JobArchiveState[],
  titleOf: (target: string) => string,
): ArchiveSummary {
  const waiting = states.filter((one) => one.delivered_at === null);
  const delivered = states.filter((one) => one.delivered_at !== null);
  if (states.length === 0) return { tone: 'plain', text: 'not archived' };
  if (waiting.length === 0) return { tone: 'plain', text: named(delivered, titleOf) };
  const failing = waiting.some((one) => one.last_error !== null);
  return {
    tone: failing ? 'trouble' : 'waiting',
    text: `waiting for ${named(waiting, titleOf)}${delivered.length > 0 ? ` (${delivered.length} of ${states.length} delivered)` : ''}`,
  };
}

const named = (states: readonly JobArchiveState[], titleOf: (target: string) => string): string =>
  states.length > 2 ? `${states.length} targets` : states.map((one) => titleOf(one.target)).join(', ');

/** Why a job's result is nowhere and waits for nothing, as far as the settings of today can tell. */
export function whyNotArchived(
  job: { readonly status: string },
  settings: { readonly unsuccessful: boolean } | undefined,
  targets: readonly ArchiveTargetInfo[] | undefined,
): string {
  if (targets !== undefined && !targets.some((one) => one.delivers)) {
    return 'No archive target takes results: switch one on in Settings, then archive it.';
  }
  if (settings?.unsuccessful === false && job.status !== 'succeeded') {
    return `Jobs that ${job.status === 'cancelled' ? 'were cancelled' : 'failed'} are not archived: that is switched off in Settings.`;
  }
  return 'It ended while no target took results, or its delivery was given up. The local record is whole.';
}
