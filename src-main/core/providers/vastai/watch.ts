import { pause } from '#core/ports/pause.ts';
import type { VastClient } from '#core/vastai/seams.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { ABSENT, instanceFailed, troubleOf } from './wait.ts';
import type { VastaiDeps } from './want.ts';

/** A job that goes on by itself needs the market's word less often than one that waits. */
const LOOK_MS: Milliseconds = 30_000;

interface Watched {
  readonly rental_id: string;
  readonly contract_id: number;
}

/**
 * Looks after a machine while a job uses it. `lost` is called once, when it is lost or somebody destroys it: whoever
 * asks it would otherwise wait for an answer that cannot come, and pay.
 */
export function watchInstance(
  { clock, rentals }: Pick<VastaiDeps, 'clock' | 'rentals'>,
  client: VastClient,
  { rental_id, contract_id }: Watched,
  lost: (failure: CodedError) => void,
): { stop(): void } {
  const ended = new AbortController();
  let absent = 0;

  /** Null: it is there, or nobody knows. */
  const look = async (): Promise<string | null> => {
    const state = rentals.ledger.get(rental_id)?.state;
    if (state === 'closing' || state === 'gone') return 'somebody destroyed it';
    try {
      const instance = await client.show(contract_id, ended.signal);
      absent = instance === null ? absent + 1 : 0;
      if (instance !== null) return troubleOf(instance);
      return absent < ABSENT ? null : 'the market has no such instance any more';
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown;
      return null;
    }
  };
  const watch = async (): Promise<void> => {
    for (;;) {
      await pause(clock, LOOK_MS / client.connection.pace, ended.signal);
      const why = await look();
      if (ended.signal.aborted) return;
      if (why !== null) return lost(instanceFailed(why));
    }
  };
  // Ends with the abort, or with a store that is closed: then there is no job to be told.
  watch().catch(() => {});
  return { stop: () => ended.abort() };
}
