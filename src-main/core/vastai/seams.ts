import type { CodedError, Failure } from '#shared/model/failure.ts';
import type { Market, Offer, OfferFilter } from '#shared/model/offers.ts';
import type {
  Delivery,
  DestroyAnswer,
  MachineRecord,
  ReconcileReport,
  Rental,
  RentalStatus,
} from '#shared/model/rentals.ts';
import type { EpochSeconds, Milliseconds, Usd } from '#shared/model/units.ts';

/** Every instance of ours bears it. */
export const LABEL_PREFIX = 'rune-';

/** Where a market is reached. `pace` divides every wait on it: 1 for Vast.ai, more where nobody is spared by waiting. */
export interface VastConnection {
  readonly market: Market;
  readonly base_url: string;
  readonly key: string;
  readonly pace: number;
}

export interface OfferSearch {
  /** Sent to the market, whose word is not taken: check again. Its defaults are not sent. */
  readonly filter: Omit<OfferFilter, 'defaults'>;
  /** dph_total is asked for with this much storage, in GB. */
  readonly allocated_storage: number;
  /** One offer only. */
  readonly offer_id?: number | undefined;
}

export interface OfferPage {
  readonly offers: readonly Offer[];
  readonly unreadable: readonly { readonly reason: string; readonly n: number }[];
  readonly truncated: boolean;
}

/** What is run on a rented machine. */
export interface CreateWish {
  readonly label: string;
  readonly disk_gb: number;
  /** Null: ours, an Ollama server on port 11434. */
  readonly template_hash: string | null;
  /** A bid in USD per hour, on an interruptible offer. */
  readonly bid_usd?: number | undefined;
}

/** What the create call came to. `unknown`: there may be a contract all the same, look for its label. */
export type CreateOutcome =
  | { readonly kind: 'created'; readonly contract_id: number }
  | { readonly kind: 'refused'; readonly failure: CodedError }
  | { readonly kind: 'unknown'; readonly failure: CodedError };

export interface Instance {
  readonly id: number;
  readonly label: string | null;
  /** Null: being provisioned. */
  readonly actual_status: string | null;
  readonly intended_status: string | null;
  readonly status_msg: string | null;
  /** Trimmed. */
  readonly public_ipaddr: string | null;
  /** Host port by container port: 11434 -> 33526. Either shape of the API. */
  readonly ports: ReadonlyMap<number, number>;
  readonly machine_id: number | null;
  readonly host_id: number | null;
  readonly gpu_name: string | null;
  readonly num_gpus: number | null;
  readonly dph_total: Usd | null;
  readonly start_date: EpochSeconds | null;
}

/** What the market billed for one contract, as far as it has. */
export interface Charge {
  readonly contract_id: number;
  /** That of the instance, where the bill tells it. */
  readonly label?: string | null | undefined;
  readonly usd: Usd;
  readonly from: EpochSeconds;
  readonly until: EpochSeconds;
}

/** The API of one market (reference: Vast.ai). Every failure is a CodedError `vastai.*`; calls wait for their turn. */
export interface VastClient {
  readonly connection: VastConnection;
  search(search: OfferSearch, signal: AbortSignal): Promise<OfferPage>;
  /** Never repeated by us once it may have arrived. Throws only where it was never sent. */
  create(offerId: number, wish: CreateWish, signal: AbortSignal): Promise<CreateOutcome>;
  /** Null only where the market says that there is none; every doubt is thrown. */
  show(contractId: number, signal: AbortSignal): Promise<Instance | null>;
  /** All of the account. Throws rather than answer with a part. */
  list(signal: AbortSignal): Promise<readonly Instance[]>;
  label(contractId: number, label: string, signal: AbortSignal): Promise<void>;
  /** Accepted, or absent already: says nothing of whether it is gone. */
  destroy(contractId: number, signal: AbortSignal): Promise<void>;
  charges(from: EpochSeconds, until: EpochSeconds, signal: AbortSignal): Promise<readonly Charge[]>;
  volumes(signal: AbortSignal): Promise<readonly { readonly id: number; readonly label: string | null }[]>;
  deleteVolume(volumeId: number, signal: AbortSignal): Promise<void>;
  /** Null: no such template. */
  template(
    hash: string,
    signal: AbortSignal,
  ): Promise<{ readonly hash: string; readonly name: string; readonly image: string | null } | null>;
  user(signal: AbortSignal): Promise<{
    /** The same for every key of one account; null where it is not told. */
    readonly id: number | null;
    readonly email: string | null;
    readonly balance_usd: Usd | null;
    readonly credit_usd: Usd | null;
  }>;
}

/** The markets there are. */
export interface Markets {
  /** Vast.ai where its key is known, else the demo's. */
  usual(): Promise<Market>;
  hasKey(): Promise<boolean>;
  /** Null for the demo's, before it is asked for. */
  baseUrl(market: Market): string | null;
  /** The same client for the same key: its queues are one. Throws `provider.no_credentials`. */
  client(market: Market): Promise<VastClient>;
}

export interface NewRental {
  readonly market: Market;
  readonly job_id: string;
  readonly offer: Offer;
  readonly disk_gb: number;
  /** Whose key it is rented with; null where the market does not say. */
  readonly account?: number | null | undefined;
}

/** A row as the core uses it, with what the page need not see. */
export interface RentalRow extends Rental {
  readonly gpu_total_ram: number;
  readonly backend_url: string | null;
}

/**
 * The store's side of rentals. Every call is one committed transaction when it returns; a step that the row's state does
 * not allow throws a bug, except that `gone` and `closing` are taken from every state.
 */
export interface Ledger {
  /** Before the market is asked: intent, with its label `rune-<job_id>.<n>`. */
  intend(rental: NewRental): RentalRow;
  /** Before anything is waited for. */
  created(rentalId: string, contractId: number): void;
  refused(rentalId: string, failure: Failure): void;
  running(rentalId: string, startedAt: EpochSeconds | null): void;
  ready(rentalId: string, backendUrl: string): void;
  /** What was measured; a part at a time. `gb_in` adds up. */
  delivered(rentalId: string, part: Partial<Delivery> & { readonly gb_in?: number | undefined }): void;
  keep(rentalId: string, until: EpochSeconds): void;
  /** A kept one for another job, in one transaction; null: somebody was faster, or there is none that `suits`. */
  claim(market: Market, jobId: string, suits: (row: RentalRow) => boolean): RentalRow | null;
  closing(rentalId: string, because: string, failure?: Failure): void;
  seen(rentalId: string, at: EpochSeconds, account?: number | null): void;
  gone(rentalId: string, endedAt: EpochSeconds, verifiedAt: EpochSeconds): void;
  billed(rentalId: string, charge: Charge, settled: boolean): void;
  get(rentalId: string): RentalRow | null;
  byContract(market: Market, contractId: number): RentalRow | null;
  byLabel(market: Market, label: string): RentalRow | null;
  /** Neither gone nor refused. */
  open(): readonly RentalRow[];
  /** Ended ones whose last bill has not come. */
  unsettled(market: Market): readonly RentalRow[];
  list(of: {
    readonly limit: number;
    readonly offset: number;
    readonly open: boolean;
    readonly job_id?: string | undefined;
  }): { readonly rentals: readonly Rental[]; readonly total: number };
  machines(): readonly MachineRecord[];
  /** A job's share of what its rentals cost until now; null: it has rented nothing. */
  costOf(jobId: string, now: EpochSeconds): Usd | null;
}

/** Ledger and markets together: how a rental ends, and what exists against what should. */
export interface Rentals {
  readonly ledger: Ledger;
  readonly markets: Markets;
  /** This process looks after it until `release` is called: reconciling lets it be. */
  hold(rentalId: string): () => void;
  /**
   * Destroys and looks until it is gone, at most `limitMs` of the clock. Never throws for the market's troubles: what is
   * not seen gone stays `closing`, and is tried again for as long as it takes.
   */
  end(rentalId: string, because: string, limitMs: Milliseconds, failure?: Failure): Promise<DestroyAnswer>;
  /** The same, of a stray. */
  destroyStray(market: Market, contractId: number, limitMs: Milliseconds): Promise<DestroyAnswer>;
  reconcile(signal: AbortSignal): Promise<readonly ReconcileReport[]>;
  status(): RentalStatus;
  /** Reconciles now and every few minutes, sooner while something waits to be gone; may be called again. */
  start(): void;
  dispose(): Promise<void>;
}
