import type { NewRental, RentalRow, Rentals } from '#core/vastai/seams.ts';
import type { Failure } from '#shared/model/failure.ts';
import type { DestroyAnswer } from '#shared/model/rentals.ts';
import type { EpochSeconds, Milliseconds } from '#shared/model/units.ts';

/** Destroying waits for its turn and is then looked after; the reconciler goes on with what takes longer. */
const END_LIMIT_MS: Milliseconds = 90_000;

interface Attempt {
  readonly rental_id: string;
  /** Reconciling may look after it again. */
  readonly release: () => void;
  ended: Promise<DestroyAnswer> | null;
}

/** Everything that a job rented, or may have: nothing of it is forgotten before it has ended. */
export class Attempts {
  private readonly open: Attempt[] = [];
  private readonly rentals: Rentals;

  constructor(rentals: Rentals) {
    this.rentals = rentals;
  }

  get left(): number {
    return this.open.length;
  }

  /** Writes the intent and holds it, before anything else can happen. */
  intend(rental: NewRental): RentalRow {
    const row = this.rentals.ledger.intend(rental);
    this.take(row);
    return row;
  }

  /** Holds one that this job has just claimed. */
  take({ rental_id }: Pick<RentalRow, 'rental_id'>): void {
    this.open.push({ rental_id, release: this.rentals.hold(rental_id), ended: null });
  }

  /** The market made no contract. */
  refused(rentalId: string, failure: Failure): void {
    this.rentals.ledger.refused(rentalId, failure);
    this.forget(rentalId);
  }

  /** It stays, and is nobody's until the next job claims it; false where somebody has ended it meanwhile. */
  keep(rentalId: string, until: EpochSeconds): boolean {
    if (this.isEnding(rentalId)) return false;
    this.rentals.ledger.keep(rentalId, until);
    this.forget(rentalId);
    return true;
  }

  /** Ended by us, or by somebody who destroyed it. */
  isEnding(rentalId: string): boolean {
    const state = this.rentals.ledger.get(rentalId)?.state;
    return state === 'closing' || state === 'gone';
  }

  /** Begins to end it; `endAll` waits for that. */
  end(rentalId: string, because: string, failure?: Failure): void {
    const attempt = this.open.find((one) => one.rental_id === rentalId);
    if (attempt === undefined || attempt.ended !== null) return;
    attempt.ended = this.rentals.end(rentalId, because, END_LIMIT_MS, failure);
    // Whoever waits for it hears of it.
    attempt.ended.catch(() => {});
  }

  /** Ends what is left of them. Throws only for a fault of ours. */
  async endAll(because: string): Promise<readonly DestroyAnswer[]> {
    for (const { rental_id } of this.open) this.end(rental_id, because);
    const settled = await Promise.allSettled(this.open.flatMap(({ ended }) => ended ?? []));
    for (const { release } of this.open.splice(0)) release();
    return settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
  }

  private forget(rentalId: string): void {
    const at = this.open.findIndex((one) => one.rental_id === rentalId);
    for (const { release } of at === -1 ? [] : this.open.splice(at, 1)) release();
  }
}
