import { pause } from '#core/ports/pause.ts';
import type { Clock, Logger } from '#core/ports/ports.ts';
import { type Db, isStoreTrouble } from '#core/store/database.ts';
import { CodedError, toFailure } from '#shared/model/failure.ts';
import { MARKETS, type Market } from '#shared/model/offers.ts';
import type { ReconcileReport } from '#shared/model/rentals.ts';
import { type EpochSeconds, type Milliseconds, toEpochSeconds, type Usd } from '#shared/model/units.ts';
import type { Markets, Rentals } from '../seams.ts';
import { createEndings } from './endings.ts';
import { createLedger } from './ledger.ts';
import { reconcileMarket } from './reconcile.ts';
import { createSchedule } from './schedule.ts';
import { REFUSED_S, type SettleDeps, settleBills } from './settle.ts';
import { createStanding } from './standing.ts';
import { createStrayDestroyer } from './strays.ts';

export interface RentalsDeps {
  readonly db: Db;
  /** False in an engine that only reads: it lists, and destroys nothing. */
  readonly writable: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly markets: Markets;
  /** What the rentals of a job that is over have cost by now. */
  onCost(jobId: string, usd: Usd): void;
}

/** Bills change slowly. */
const BILLS_EVERY_MS: Milliseconds = 120_000;
/** What is being destroyed when the process ends has this long to be seen gone; the next process goes on. */
const DISPOSE_MS: Milliseconds = 5000;

export function createRentals(deps: RentalsDeps): Rentals {
  const { db, writable, clock, logger, markets } = deps;
  const now = (): EpochSeconds => toEpochSeconds(clock.nowUs());
  const ledger = createLedger(db, clock, () => schedule.replan());
  const standing = createStanding(ledger);
  const closed = new AbortController();
  const held = new Map<string, number>();
  const isHeld = (rentalId: string): boolean => held.has(rentalId);
  const endings = createEndings({ ledger, markets, clock, logger });
  const strays = createStrayDestroyer({
    ledger,
    markets,
    endings,
    clock,
    isHeld,
    onGone: (market, contractId) => standing.strayGone(market, contractId),
  });
  const billsAtMs = new Map<Market, Milliseconds>();
  const paces = new Map<Market, number>();
  let hasKey = false;
  let running: Promise<readonly ReconcileReport[]> | null = null;

  const tell = (jobId: string): void => {
    const usd = ledger.costOf(jobId, now());
    if (usd !== null) deps.onCost(jobId, usd);
  };
  const bills: SettleDeps = {
    ledger,
    now,
    isHeld,
    onCost: tell,
    transaction: (write) => db.transaction(write).immediate(),
    trouble: ({ message }) => logger.log({ level: 'warn', event: 'rental.no_bill', message }),
  };
  const agendaOf = (market: Market) => ledger.agenda(market, now() - REFUSED_S);
  const hasWork = (market: Market): boolean => {
    const { open, unsettled, refused } = agendaOf(market);
    // Without its key, only what may be running is worth saying that it cannot be looked at.
    return market === 'vastai' ? hasKey || open > 0 : open + unsettled + refused > 0;
  };

  async function reconcileOne(market: Market, signal: AbortSignal): Promise<ReconcileReport> {
    let found = { listed: 0, adopted: 0, destroyed: 0 };
    let settled = 0;
    try {
      const client = await markets.client(market);
      paces.set(market, client.connection.pace);
      const {
        strays: labelled,
        trouble,
        ...counts
      } = await reconcileMarket({ ledger, endings, clock, logger, isHeld }, market, client, signal);
      found = counts;
      standing.checked(market, now(), labelled, trouble);
      if (clock.monotonicMs() >= (billsAtMs.get(market) ?? 0)) {
        settled = await settleBills(bills, market, client, signal);
        billsAtMs.set(market, clock.monotonicMs() + BILLS_EVERY_MS / client.connection.pace);
      }
    } catch (thrown) {
      const isExpected = thrown instanceof CodedError || isStoreTrouble(thrown);
      if (closed.signal.aborted || !isExpected) throw thrown;
      standing.troubled(market, toFailure(thrown));
      logger.log({ level: 'warn', event: 'rental.not_reconciled', message: toFailure(thrown).message });
    }
    return { market, ...standing.of(market), ...found, settled };
  }

  async function reconcileAll(): Promise<readonly ReconcileReport[]> {
    hasKey = await markets.hasKey();
    const due = MARKETS.filter(hasWork);
    standing.only(due);
    return Promise.all(due.map((market) => reconcileOne(market, closed.signal)));
  }

  const reconcile = (): Promise<readonly ReconcileReport[]> => {
    running ??= reconcileAll().finally(() => {
      running = null;
      schedule.replan();
    });
    return running;
  };

  const schedule = createSchedule({
    clock,
    due: () => {
      const due = writable ? MARKETS.filter(hasWork) : [];
      if (due.length === 0) return null;
      const agendas = due.map(agendaOf);
      const kept = agendas.flatMap(({ keep_until }) => keep_until ?? []);
      return {
        // What is being ended just now is looked after.
        closing: agendas.flatMap(({ closing }) => closing).filter((id) => !endings.has(id)),
        keep_until: kept.length === 0 ? null : Math.min(...kept),
        pace: Math.max(...due.map((market) => paces.get(market) ?? 1)),
      };
    },
    run: async () => {
      try {
        await reconcile();
      } catch (thrown) {
        if (closed.signal.aborted) return;
        logger.log({ level: 'error', event: 'rental.not_reconciled', message: toFailure(thrown).message });
      }
    },
  });

  const requireOwner = (): void => {
    if (writable) return;
    throw new CodedError(
      'source.cannot_provide',
      'This process only reads: rentals are ended by the process that owns the data directory.',
    );
  };

  return {
    ledger,
    markets,
    hold(rentalId) {
      held.set(rentalId, (held.get(rentalId) ?? 0) + 1);
      let isHeldStill = true;
      return () => {
        if (!isHeldStill) return;
        isHeldStill = false;
        const left = (held.get(rentalId) ?? 1) - 1;
        if (left > 0) held.set(rentalId, left);
        else held.delete(rentalId);
      };
    },
    async end(rentalId, because, limitMs, failure) {
      requireOwner();
      const answer = await endings.end(rentalId, because, limitMs, failure);
      schedule.replan();
      return answer;
    },
    async destroyStray(market, contractId, limitMs) {
      requireOwner();
      return strays.destroy(market, contractId, limitMs);
    },
    async reconcile(signal) {
      requireOwner();
      billsAtMs.clear();
      return unlessAborted(reconcile(), signal);
    },
    status: () => standing.all(),
    start: () => {
      if (writable) schedule.start();
    },
    async dispose() {
      schedule.stop();
      await Promise.all([endings.close(DISPOSE_MS), strays.close(DISPOSE_MS)]);
      closed.abort(new CodedError('job.interrupted', 'Runescope was closed.'));
      if (running === null) return;
      const waited = new AbortController();
      const left = running.then(
        () => {},
        () => {},
      );
      await Promise.race([left, pause(clock, DISPOSE_MS, waited.signal).catch(() => {})]);
      waited.abort();
    },
  };
}

/** Who no longer waits does not stop what others wait for. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
