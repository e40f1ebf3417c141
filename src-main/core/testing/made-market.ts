import type { Clock } from '#core/ports/ports.ts';
import type {
  Charge,
  CreateOutcome,
  CreateWish,
  Instance,
  Markets,
  VastClient,
  VastConnection,
} from '#core/vastai/seams.ts';
import { abortFailure, CodedError } from '#shared/model/failure.ts';
import type { Market } from '#shared/model/offers.ts';
import { type EpochSeconds, toEpochSeconds, type Usd } from '#shared/model/units.ts';

/**
 * What becomes of a call. down: not carried out, and said so · lost: carried out, and nobody is told · ignored: told as
 * done, and not carried out · hang: nothing comes, until it is called off.
 */
export type MadeFault = 'down' | 'lost' | 'ignored' | 'hang';
export type MadeCall = 'create' | 'show' | 'list' | 'destroy' | 'charges';

export interface MadeContract {
  readonly id: number;
  readonly label: string | null;
  readonly created_at: EpochSeconds;
  readonly usd_hour: Usd;
  /** Destroyed or lost: until then it is billed. */
  ended_at: EpochSeconds | null;
  /** It is listed and shown although nobody is billed any more. */
  offline: boolean;
}

export const unreachable = (): CodedError =>
  new CodedError('vastai.unreachable', 'The market cannot be reached.', { retryable: true });

/** An account on a market whose every misbehaviour is the test's. */
export class MadeMarket {
  readonly contracts = new Map<number, MadeContract>();
  readonly calls: string[] = [];
  /** Asked before each call. */
  fault: (call: MadeCall, id: number | null) => MadeFault | null = () => null;
  /** What a create that is carried out comes to. */
  createOutcome: (contractId: number) => CreateOutcome = (contract_id) => ({ kind: 'created', contract_id });
  /** Bills are told this late, in seconds. */
  billLag = 0;
  /** Whose key is asked with; all contracts are those of 1. */
  account = 1;
  /** Called as soon as a call has arrived. */
  onCall: (call: MadeCall, id: number | null) => void = () => {};
  readonly clock: Clock;
  private next = 5000;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  now(): EpochSeconds {
    return toEpochSeconds(this.clock.nowUs());
  }

  /** Straight on the market, by nobody of ours. */
  add(label: string | null, usd_hour = 1): MadeContract {
    const contract = {
      id: this.next++,
      label,
      created_at: this.now(),
      usd_hour,
      ended_at: null,
      offline: false,
    };
    this.contracts.set(contract.id, contract);
    return contract;
  }

  private shown(): readonly MadeContract[] {
    return this.account === 1 ? this.running() : [];
  }

  /** Its host takes it back. */
  vanish(id: number): void {
    const contract = this.contracts.get(id);
    if (contract !== undefined) contract.ended_at ??= this.now();
  }

  /** What is listed now. */
  running(): readonly MadeContract[] {
    return [...this.contracts.values()].filter(({ ended_at, offline }) => ended_at === null || offline);
  }

  billOf(id: number): Usd {
    const contract = this.contracts.get(id);
    if (contract === undefined) return 0;
    return (((contract.ended_at ?? this.now()) - contract.created_at) / 3600) * contract.usd_hour;
  }

  /** For one process: once it is dead, its calls come to nothing. */
  client(isDead: () => boolean = () => false, market: Market = 'vastai', pace = 1): VastClient {
    const connection: VastConnection = { market, base_url: 'http://127.0.0.1:9/api/v0', key: 'k', pace };
    const carry = async <T>(
      call: MadeCall,
      id: number | null,
      signal: AbortSignal,
      work: () => T,
      pretended: () => T,
    ): Promise<T> => {
      await Promise.resolve();
      if (isDead()) await new Promise(() => {});
      if (signal.aborted) throw abortFailure(signal);
      this.calls.push(id === null ? call : `${call} ${id}`);
      const fault = this.fault(call, id);
      this.onCall(call, id);
      if (fault === 'hang') {
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(abortFailure(signal)), { once: true });
        });
      }
      if (fault === 'down') throw unreachable();
      const answer = fault === 'ignored' ? pretended() : work();
      await new Promise((resolve) => setImmediate(resolve));
      if (isDead()) await new Promise(() => {});
      if (fault === 'lost') throw unreachable();
      return answer;
    };
    const none = async (): Promise<never> => {
      throw new Error('not of this market');
    };
    return {
      connection,
      create: (offerId, wish, signal) =>
        this.create(offerId, wish, (work, pretended) => carry('create', null, signal, work, pretended)),
      show: (id, signal) =>
        carry(
          'show',
          id,
          signal,
          () =>
            this.shown()
              .map(instanceOf)
              .find((one) => one.id === id) ?? null,
          () => null,
        ),
      list: (signal) =>
        carry(
          'list',
          null,
          signal,
          () => this.shown().map(instanceOf),
          () => [],
        ),
      destroy: (id, signal) =>
        carry(
          'destroy',
          id,
          signal,
          () => this.destroy(id),
          () => {},
        ),
      charges: (from, _until, signal) =>
        carry(
          'charges',
          null,
          signal,
          () => this.charges(from),
          () => [],
        ),
      search: none,
      label: none,
      volumes: none,
      deleteVolume: none,
      template: none,
      user: async () => ({ id: this.account, email: null, balance_usd: null, credit_usd: null }),
    };
  }

  /** Markets with this one as Vast.ai's; as the demo's too where `demo` is given. */
  markets(
    of: { isDead?: () => boolean; hasKey?: () => boolean; pace?: number; demo?: MadeMarket } = {},
  ): Markets {
    const { isDead, hasKey = () => true, pace, demo } = of;
    const clients = new Map<Market, VastClient>([['vastai', this.client(isDead, 'vastai', pace)]]);
    if (demo !== undefined) clients.set('demo', demo.client(isDead, 'demo', pace));
    return {
      usual: async () => (hasKey() ? 'vastai' : 'demo'),
      hasKey: async () => hasKey(),
      baseUrl: () => null,
      client: async (market) => {
        const client = clients.get(market);
        if (client === undefined || (market === 'vastai' && !hasKey()))
          throw new CodedError('provider.no_credentials', 'There is no key.');
        return client;
      },
    };
  }

  private async create(
    _offerId: number,
    { label }: CreateWish,
    carry: (work: () => CreateOutcome, pretended: () => CreateOutcome) => Promise<CreateOutcome>,
  ): Promise<CreateOutcome> {
    try {
      return await carry(
        () => this.createOutcome(this.add(label).id),
        () => ({ kind: 'created', contract_id: 900_000 + this.calls.length }),
      );
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown;
      return { kind: 'unknown', failure: thrown };
    }
  }

  private destroy(id: number): void {
    const contract = this.contracts.get(id);
    if (contract === undefined || this.account !== 1) return;
    contract.ended_at ??= this.now();
    contract.offline = false;
  }

  private charges(from: EpochSeconds): readonly Charge[] {
    const until = this.now() - this.billLag;
    return [...this.contracts.values()].flatMap(({ id, label, created_at, ended_at, usd_hour }) => {
      const end = Math.min(ended_at ?? until, until);
      if (end <= created_at || end < from) return [];
      return [
        { contract_id: id, label, usd: ((end - created_at) / 3600) * usd_hour, from: created_at, until: end },
      ];
    });
  }
}

const instanceOf = ({ id, label, created_at, usd_hour, offline }: MadeContract): Instance => ({
  id,
  label,
  actual_status: offline ? 'offline' : 'running',
  intended_status: 'running',
  status_msg: null,
  public_ipaddr: null,
  ports: new Map(),
  machine_id: 7,
  host_id: 8,
  gpu_name: 'RTX 4090',
  num_gpus: 1,
  dph_total: usd_hour,
  start_date: created_at,
});
