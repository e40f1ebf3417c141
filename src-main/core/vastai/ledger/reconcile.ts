import type { Clock, Logger } from '#core/ports/ports.ts';
import { CodedError, type Failure } from '#shared/model/failure.ts';
import type { Market } from '#shared/model/offers.ts';
import type { DestroyAnswer, Stray } from '#shared/model/rentals.ts';
import {
  type EpochSeconds,
  type Milliseconds,
  type Seconds,
  toEpochSeconds,
  type Usd,
} from '#shared/model/units.ts';
import { accountOf, isOfAnother, otherAccount } from '../account.ts';
import { type Instance, LABEL_PREFIX, type VastClient } from '../seams.ts';
import type { Endings } from './endings.ts';
import type { StoreLedger } from './ledger.ts';
import { isOver } from './rental-machine.ts';
import { isKept, lastSignOf, type RsRentalRow } from './rental-row.ts';

/** What is not gone by then is tried again at the next time. */
const END_LIMIT_MS: Milliseconds = 60_000;
/** A younger one may not be listed yet: it is destroyed unseen. */
const LISTED_AFTER_S: Seconds = 60;

export interface ReconcileDeps {
  readonly ledger: StoreLedger;
  readonly endings: Endings;
  readonly clock: Clock;
  readonly logger: Logger;
  isHeld(rentalId: string): boolean;
}

export interface Reconciled {
  readonly listed: number;
  readonly adopted: number;
  readonly destroyed: number;
  readonly strays: readonly Stray[];
  /** Of a look at one of them; it is looked at again the next time. */
  readonly trouble: CodedError | null;
}

/**
 * What exists against what should. Decided in one go when the whole list is there, by the ledger as it is then; only a
 * list that is whole, and a look at the one contract, say that something is absent.
 */
export async function reconcileMarket(
  deps: ReconcileDeps,
  market: Market,
  client: VastClient,
  signal: AbortSignal,
): Promise<Reconciled> {
  const listedAt = toEpochSeconds(deps.clock.nowUs());
  const instances = await client.list(signal);
  const account = await accountOf(client, signal);
  const pass = new Pass(deps, market, client, signal, listedAt, account);
  for (const instance of instances) pass.exists(instance);
  const present = new Set(instances.map(({ id }) => id));
  for (const row of deps.ledger.openRows(market)) {
    if (row.contract_id === null || !present.has(row.contract_id)) pass.isNotListed(row);
  }
  return pass.done();
}

/** Of one market, once. */
class Pass {
  private listed = 0;
  private adopted = 0;
  private readonly strays: Stray[] = [];
  private readonly ends: Promise<DestroyAnswer | null>[] = [];
  private readonly deps: ReconcileDeps;
  private readonly market: Market;
  private readonly client: VastClient;
  private readonly signal: AbortSignal;
  private readonly listedAt: EpochSeconds;
  private readonly account: number | null;
  private trouble: CodedError | null = null;

  constructor(
    deps: ReconcileDeps,
    market: Market,
    client: VastClient,
    signal: AbortSignal,
    listedAt: EpochSeconds,
    account: number | null,
  ) {
    this.deps = deps;
    this.market = market;
    this.client = client;
    this.signal = signal;
    this.listedAt = listedAt;
    this.account = account;
  }

  exists(instance: Instance): void {
    const { ledger } = this.deps;
    const isMarked = instance.label?.startsWith(LABEL_PREFIX) === true;
    if (isMarked) this.listed++;
    const row = ledger.rowOfContract(this.market, instance.id);
    if (row !== null) this.isKnown(row);
    else if (isMarked) this.isMarked(instance, instance.label ?? '');
  }

  /** In the ledger, and not on the list. */
  isNotListed(row: RsRentalRow): void {
    const { rental_id, contract_id, intent_at } = row;
    const isOurs = this.deps.isHeld(rental_id) && row.state !== 'closing';
    // What was rented while the list was on its way cannot be on it.
    if (isOurs || (intent_at >= this.listedAt && intent_at <= this.now())) return;
    if (isOfAnother(row, this.account)) {
      this.trouble = otherAccount();
      if (!this.shouldExist(row)) this.end(row);
      return;
    }
    const youngS = LISTED_AFTER_S / this.client.connection.pace;
    if (contract_id === null || this.now() - intent_at < youngS) this.end(row);
    else this.ends.push(this.confirmAbsent(row, contract_id));
  }

  async done(): Promise<Reconciled> {
    const settled = await Promise.allSettled(this.ends);
    let { trouble } = this;
    const answers = settled.map((one) => {
      if (one.status === 'fulfilled') return one.value;
      if (this.signal.aborted || !(one.reason instanceof CodedError)) throw one.reason;
      trouble = one.reason;
      return null;
    });
    return {
      trouble,
      listed: this.listed,
      adopted: this.adopted,
      destroyed: answers.filter((answer) => answer?.gone === true && answer.contract_id !== null).length,
      strays: this.strays,
    };
  }

  private isKnown(row: RsRentalRow): void {
    const { ledger, endings } = this.deps;
    const { rental_id } = row;
    // It was destroyed while the list was on its way.
    if (row.state === 'gone' && (row.verified_at ?? 0) >= this.listedAt) return;
    endings.note(rental_id, () => ledger.seen(rental_id, this.listedAt, this.account));
    if (this.shouldExist(row)) return;
    if (isOver(row.state)) {
      this.say(row, `Instance ${row.contract_id} is there, although it was seen gone: it is destroyed.`);
      endings.note(rental_id, () => ledger.closing(rental_id, 'it was still there'));
    }
    this.end(row);
  }

  /** No contract of the ledger, but with our mark: of an attempt that was not answered, or of somebody else's. */
  private isMarked(instance: Instance, label: string): void {
    const { ledger, endings, isHeld } = this.deps;
    const row = ledger.rowOfLabel(this.market, label);
    if (row === null) {
      this.strays.push(strayOf(this.market, instance, 'labelled'));
      return;
    }
    const { rental_id } = row;
    // Whoever made it waits for the answer.
    if (row.state === 'intent' && isHeld(rental_id)) return;
    this.adopted++;
    this.say(
      row,
      `Instance ${instance.id} bears the label of an attempt that was given up: it is destroyed.`,
    );
    endings.note(rental_id, () => {
      if (row.contract_id === null) ledger.created(rental_id, instance.id);
      // The other one may be in use: without a row of its own, nothing is ended.
      const adopted = row.contract_id === null ? row : ledger.twin(rental_id, instance.id);
      ledger.seen(adopted.rental_id, this.listedAt);
      this.end(adopted);
    });
  }

  private shouldExist(row: RsRentalRow): boolean {
    if (isOver(row.state) || row.state === 'closing') return false;
    return this.deps.isHeld(row.rental_id) || isKept(row, this.now());
  }

  private async confirmAbsent(row: RsRentalRow, contractId: number): Promise<DestroyAnswer | null> {
    const { ledger, endings } = this.deps;
    const { rental_id } = row;
    const instance = await this.client.show(contractId, this.signal);
    const now = ledger.row(rental_id);
    // Meanwhile it was claimed, or ended.
    if (now === null || isOver(now.state) || now.state !== row.state) return null;
    if (instance !== null) {
      endings.note(rental_id, () => ledger.seen(rental_id, this.now()));
      return this.shouldExist(now) ? null : this.ended(now);
    }
    endings.note(rental_id, () => {
      ledger.closing(rental_id, 'it vanished', VANISHED);
      ledger.gone(rental_id, lastSignOf(now), this.now());
    });
    return { contract_id: contractId, gone: true, message: 'The market has no such instance any more.' };
  }

  private end(row: RsRentalRow): void {
    this.ends.push(this.ended(row));
  }

  private ended(row: RsRentalRow): Promise<DestroyAnswer> {
    return this.deps.endings.end(row.rental_id, becauseOf(row), END_LIMIT_MS);
  }

  private say({ job_id }: RsRentalRow, message: string): void {
    this.deps.logger.log({ level: 'warn', event: 'rental.adopted', message, job_id });
  }

  private now(): EpochSeconds {
    return toEpochSeconds(this.deps.clock.nowUs());
  }
}

const VANISHED: Failure = {
  code: 'provider.instance_failed',
  message: 'The market has no such instance any more, and we did not destroy it.',
};

const becauseOf = ({ state }: RsRentalRow): string =>
  state === 'kept' ? 'it was kept long enough' : 'Runescope ended while it was rented';

/** Nothing is rented for as much. */
const ABSURD_USD_HOUR: Usd = 1000;

export const strayOf = (
  market: Market,
  { id, label, gpu_name, dph_total, start_date, actual_status }: Instance,
  kind: Stray['kind'],
): Stray => ({
  market,
  contract_id: id,
  label,
  gpu_name,
  usd_hour: dph_total !== null && dph_total < ABSURD_USD_HOUR ? dph_total : null,
  started_at: start_date,
  status: actual_status,
  kind,
});
