import type { EpochSeconds } from '#shared/model/units.ts';
import type { Contract } from './contract.ts';

export type ActualStatus =
  | null
  | 'created'
  | 'loading'
  | 'running'
  | 'stopped'
  | 'exited'
  | 'offline'
  | 'unknown';

/** A contract at one moment. */
export interface Condition {
  /** Not listed any more: destroyed, or ended by its host. */
  readonly gone: boolean;
  readonly actual: ActualStatus;
  readonly intended: 'running' | 'stopped';
  readonly message: string;
}

/** A restarted container has its image already. */
const RESTART_SHARE = 0.2;
const PROVISIONED = 0.06;
const LOADING = 0.15;

/** When the machine is lost or taken back; the meter stops there at the latest. */
export function lossOf({ created_at, fate, fate_after_s, term_ends_at }: Contract): EpochSeconds {
  const struck = fate === 'lost' || fate === 'ended' ? created_at + (fate_after_s ?? 0) : Infinity;
  return Math.min(struck, term_ends_at);
}

/** Until when it is billed: destruction or loss, else `now`. */
export const billedUntil = (contract: Contract, now: EpochSeconds): EpochSeconds =>
  Math.max(contract.created_at, Math.min(contract.destroyed_at ?? now, lossOf(contract), now));

export function conditionOf(contract: Contract, now: EpochSeconds): Condition {
  const { created_at, destroyed_at, fate, image } = contract;
  const move = contract.moves.findLast(({ at }) => at <= now);
  const intended = move?.to ?? 'running';
  const is = (actual: ActualStatus, message: string, gone = false): Condition => ({
    gone,
    actual,
    intended,
    message,
  });
  if (destroyed_at !== null && destroyed_at <= now) return is(null, '', true);
  if (now >= contract.term_ends_at) return is(null, '', true);
  const struck = now >= created_at + (contract.fate_after_s ?? Infinity);
  if (struck && fate === 'ended') return is(null, '', true);
  if (struck && fate === 'lost')
    return is(contract.id % 3 === 0 ? 'unknown' : 'offline', 'no heartbeat from the host');
  if (intended === 'stopped') return is('stopped', 'stopped by its renter');
  if (struck && fate === 'exit') return is('exited', 'the container ended with exit code 137');
  if (struck && fate === 'boot-exit')
    return is('exited', 'Error response from daemon: no space left on device');
  if (struck && fate === 'boot-error')
    return is('loading', `Error response from daemon: failed to start ${image}: device not ready`);

  const since = move === undefined ? now - created_at : now - move.at;
  const progress = since / Math.max(1e-6, contract.boot_s * (move === undefined ? 1 : RESTART_SHARE));
  if (fate === 'never-up') {
    // A third of them never even get a container.
    if (contract.id % 3 === 0 || progress < PROVISIONED) return is(null, '');
    return is('loading', `${image}: Downloading ${Math.min(61, Math.floor(progress * 100))}%`);
  }
  if (progress < PROVISIONED) return is(null, '');
  if (progress < LOADING) return is('created', 'created, waiting for its image');
  if (progress < 1) {
    const share = Math.floor(((progress - LOADING) / (1 - LOADING)) * 100);
    return is('loading', share < 5 ? `${image}: Pulling fs layer` : `${image}: Downloading ${share}%`);
  }
  return is('running', `success, running ${image}`);
}

/** When a running machine with this fate stops being one; Infinity for most. */
export const stopsServing = (contract: Contract): EpochSeconds =>
  Math.min(
    lossOf(contract),
    contract.fate === 'exit' ? contract.created_at + (contract.fate_after_s ?? Infinity) : Infinity,
  );
