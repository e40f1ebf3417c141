import { pause } from '#core/ports/pause.ts';
import type { Clock } from '#core/ports/ports.ts';
import { CodedError } from '#shared/model/failure.ts';
import { type EpochSeconds, type Milliseconds, toEpochSeconds } from '#shared/model/units.ts';
import type { Instance, VastClient } from '../seams.ts';

/** Between two looks; a destroy that has not happened after the last of them is sent again. */
const LOOKS_MS: readonly Milliseconds[] = [1000, 2000, 4000];
const BACKOFF_MS = { first: 1000, max: 15_000 };

export interface DestroyNotes {
  /** A destroy was accepted, which says nothing of whether it happens. */
  accepted(at: EpochSeconds): void;
  /** It is still there. */
  present(instance: Instance): void;
  trouble(thrown: CodedError): void;
}

/**
 * Destroys a contract and looks until the market says that there is none. Answers when the destroy that worked was
 * sent off or accepted. Ends otherwise only by the signal, whose failure it throws.
 */
export async function destroyUntilGone(
  client: VastClient,
  contractId: number,
  clock: Clock,
  signal: AbortSignal,
  notes: DestroyNotes,
): Promise<EpochSeconds> {
  const now = (): EpochSeconds => toEpochSeconds(clock.nowUs());
  const wait = (ms: Milliseconds): Promise<void> => pause(clock, ms / client.connection.pace, signal);
  /** False: the market gave no answer. */
  const tried = async (call: () => Promise<void>): Promise<boolean> => {
    try {
      await call();
      return true;
    } catch (thrown) {
      if (signal.aborted || !(thrown instanceof CodedError)) throw thrown;
      notes.trouble(thrown);
      return false;
    }
  };
  let troubles = 0;
  for (;;) {
    let sentAt = now();
    const isAccepted = await tried(() => client.destroy(contractId, signal));
    if (isAccepted) {
      sentAt = now();
      notes.accepted(sentAt);
    }
    // What was not answered may have arrived all the same: one look, then it is sent again.
    for (const afterMs of isAccepted ? LOOKS_MS : [0]) {
      let gone = false;
      const isAnswered = await tried(async () => {
        const instance = await client.show(contractId, signal);
        if (instance === null) gone = true;
        else notes.present(instance);
      });
      if (gone) return sentAt;
      troubles = isAnswered && isAccepted ? 0 : troubles + 1;
      const backoffMs = troubles === 0 ? 0 : BACKOFF_MS.first * 2 ** Math.min(troubles - 1, 10);
      await wait(Math.max(afterMs, Math.min(BACKOFF_MS.max, backoffMs)));
    }
  }
}
