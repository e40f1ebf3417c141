import { isStoreTrouble } from '#core/store/database.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Market } from '#shared/model/offers.ts';
import type { EpochSeconds, Seconds } from '#shared/model/units.ts';
import { type Charge, LABEL_PREFIX, type VastClient } from '../seams.ts';
import type { StoreLedger } from './ledger.ts';
import { startOf } from './rental-cost.ts';
import type { RsRentalRow } from './rental-row.ts';

/** The last bill of a rental is one that says the same for a while, this long after its end at the earliest. */
const AFTER_END_S: Seconds = 600;
const UNCHANGED_S: Seconds = 240;
/** A bill that ends before the rental does, as of a machine that was lost, may only be late. */
const LATE_S: Seconds = 7200;
/** Clocks of ours and the market's may differ by as much. */
const SKEW_S: Seconds = 60;
/** Then our own reckoning stays. */
const GIVE_UP_S: Seconds = 7 * 86_400;

export interface SettleDeps {
  readonly ledger: StoreLedger;
  now(): EpochSeconds;
  isHeld(rentalId: string): boolean;
  /** Runs `write` as one transaction. */
  transaction(write: () => void): void;
  onCost(jobId: string): void;
  /** The market did not tell its bills: what is known stays. */
  trouble(thrown: CodedError): void;
}

/** What an attempt made although it was refused turns up within this time, or never. */
export const REFUSED_S: Seconds = 48 * 3600;

/** Asks for the bills of what is not settled, writes them, and tells their jobs. Answers how many were settled. */
export async function settleBills(
  deps: SettleDeps,
  market: Market,
  client: VastClient,
  signal: AbortSignal,
): Promise<number> {
  const { ledger, now, transaction, onCost } = deps;
  const starts = [...ledger.billable(market), ...ledger.refusedSince(market, now() - REFUSED_S)].map(startOf);
  if (starts.length === 0) return 0;
  const charges = await chargesSince(deps, client, Math.min(...starts) - SKEW_S, signal);
  if (charges !== null) adoptBilled(deps, market, charges);
  const { pace } = client.connection;
  let settled = 0;
  for (const { rental_id } of ledger.billable(market)) {
    const row = ledger.row(rental_id);
    if (row === null || row.contract_id === null || row.settled === 1) continue;
    const charge = charges === null ? null : chargeOf(row, charges, now(), pace);
    const isLast = isSettled(row, charge, now(), pace);
    try {
      // Who is told of a job's cost later than the ledger is settled would never be told of it.
      transaction(() => {
        if (charge !== null) ledger.billed(rental_id, charge, isLast);
        else if (isLast) ledger.settle(rental_id);
        for (const { job_id } of ledger.usesOf(rental_id)) onCost(job_id);
      });
      if (isLast) settled++;
    } catch (thrown) {
      if (!isStoreTrouble(thrown)) throw thrown;
    }
  }
  return settled;
}

async function chargesSince(
  { now, trouble }: SettleDeps,
  client: VastClient,
  from: EpochSeconds,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Charge> | null> {
  try {
    return sumByContract(await client.charges(from, now(), signal));
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof CodedError)) throw thrown;
    trouble(thrown);
    return null;
  }
}

/** What an unanswered create made, and its host took back before anybody looked: only the bill knows of it. */
function adoptBilled(
  { ledger, isHeld, now }: SettleDeps,
  market: Market,
  charges: ReadonlyMap<number, Charge>,
): void {
  for (const { contract_id, label, until } of charges.values()) {
    if (label?.startsWith(LABEL_PREFIX) !== true) continue;
    if (ledger.rowOfContract(market, contract_id) !== null) continue;
    const row = ledger.rowOfLabel(market, label);
    if (row === null || until < row.intent_at - SKEW_S || isHeld(row.rental_id)) continue;
    const { rental_id } = row.contract_id === null ? row : ledger.twin(row.rental_id, contract_id);
    if (row.contract_id === null) ledger.created(rental_id, contract_id);
    ledger.seen(rental_id, Math.min(until, now()));
  }
}

/** The market may tell it in parts: by day, by kind. */
function sumByContract(charges: readonly Charge[]): ReadonlyMap<number, Charge> {
  const sums = new Map<number, Charge>();
  for (const charge of charges) {
    const sum = sums.get(charge.contract_id);
    sums.set(
      charge.contract_id,
      sum === undefined
        ? charge
        : {
            contract_id: charge.contract_id,
            label: sum.label ?? charge.label,
            usd: sum.usd + charge.usd,
            from: Math.min(sum.from, charge.from),
            until: Math.max(sum.until, charge.until),
          },
    );
  }
  return sums;
}

const endedFor = ({ state, ended_at }: RsRentalRow, now: EpochSeconds): Seconds =>
  state === 'gone' && ended_at !== null ? now - ended_at : -1;

/** Null: none has come. What nobody ever saw on the market, and what is not on its bill, was never there. */
function chargeOf(
  row: RsRentalRow,
  charges: ReadonlyMap<number, Charge>,
  now: EpochSeconds,
  pace: number,
): Charge | null {
  const { contract_id, seen_at, started_at, ended_at } = row;
  if (contract_id === null) return null;
  const charge = charges.get(contract_id);
  // The same number of an older contract or of a later one, of a market that was begun anew.
  const isAnother = charge?.label?.startsWith(LABEL_PREFIX) === true && charge.label !== row.label;
  if (charge !== undefined && !isAnother && charge.until >= row.intent_at - SKEW_S) return charge;
  const wasNever = seen_at === null && started_at === null && endedFor(row, now) >= LATE_S / pace;
  return wasNever && ended_at !== null ? { contract_id, usd: 0, from: row.intent_at, until: ended_at } : null;
}

/** Whether this is the last bill: it reaches the end, and was the same when it was looked at before. */
function isSettled(row: RsRentalRow, charge: Charge | null, now: EpochSeconds, pace: number): boolean {
  const { ended_at, bill_since, billed_usd, billed_until } = row;
  const ended = endedFor(row, now);
  if (ended < AFTER_END_S / pace || ended_at === null) return false;
  if (ended >= GIVE_UP_S) return true;
  if (charge === null || bill_since === null) return false;
  const isSame = billed_usd === charge.usd && billed_until === charge.until;
  const unchanged = isSame ? now - bill_since : 0;
  return unchanged >= (charge.until >= ended_at - SKEW_S ? UNCHANGED_S : LATE_S) / pace;
}
