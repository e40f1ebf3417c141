import type {
  CreateOutcome,
  CreateWish,
  Instance,
  OfferPage,
  OfferSearch,
  VastClient,
} from '#core/vastai/seams.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Market, Offer } from '#shared/model/offers.ts';

/** An offer that everybody would take; what differs is given. */
export function offerOf(more: Partial<Offer> & Pick<Offer, 'id'>): Offer {
  return {
    machine_id: more.id * 10,
    host_id: more.id * 100,
    gpu_name: 'RTX 4090',
    num_gpus: 1,
    gpu_ram: 24_564,
    gpu_total_ram: 24_564,
    dph_total: 0.4,
    dph_base: 0.38,
    min_bid: null,
    storage_cost: 0,
    inet_up_cost: 0,
    inet_down_cost: 0,
    inet_up: 800,
    inet_down: 900,
    cpu_cores_effective: 16,
    cpu_ram: 64_000,
    disk_space: 500,
    disk_bw: 2000,
    dlperf: 98,
    dlperf_per_dphtotal: 250,
    total_flops: 82,
    gpu_mem_bw: 1008,
    pcie_bw: 20,
    bw_nvlink: 0,
    cuda_max_good: 12.8,
    compute_cap: 890,
    reliability: 0.99,
    verification: 'verified',
    duration: 1e6,
    direct_port_count: 50,
    static_ip: true,
    geolocation: 'Finland, FI',
    driver_version: '570.86.15',
    rentable: true,
    rented: false,
    external: false,
    is_bid: false,
    odd: [],
    ...more,
  };
}

/** What becomes of a machine: its answers to one look after the other, the last for ever. Null: there is none. */
type Looks = readonly (Partial<Instance> | null | CodedError)[];

export const unreachable = (): CodedError =>
  new CodedError('vastai.unreachable', 'The market could not be reached.', { retryable: true });

/** A market of one's own making: every step of a rental goes as it is told to. Its waits are a thousandth. */
export class ScriptedMarket implements VastClient {
  readonly connection;
  offers: Offer[] = [];
  /** By offer; without it a machine is up at once, and answers at `backendUrl`. */
  readonly looks = new Map<number, Looks>();
  /** Instead of a clear answer: what creating comes to. `made`: there is a contract all the same. */
  readonly creates = new Map<number, { readonly outcome: CreateOutcome; readonly made: boolean }>();
  /** As many of the next lists fail. */
  failingLists = 0;
  /** What exists, and every contract that ever was. */
  readonly instances = new Map<
    number,
    { readonly offer: Offer; readonly wish: CreateWish; looked: number }
  >();
  readonly calls: string[] = [];
  readonly searches: OfferSearch[] = [];
  /** Called at every step, with its name. */
  onCall: (call: string) => void = () => {};
  private readonly backendUrl: URL;
  private next = 1000;

  constructor(backendUrl: string, market: Market = 'vastai', pace = 1000) {
    this.backendUrl = new URL(backendUrl);
    this.connection = { market, base_url: 'http://127.0.0.1:9/api/v0', key: 'k', pace };
  }

  async search(search: OfferSearch): Promise<OfferPage> {
    this.note('search');
    this.searches.push(search);
    const offers = this.offers.filter(({ id }) => search.offer_id === undefined || id === search.offer_id);
    return { offers, unreadable: [], truncated: false };
  }

  async create(offerId: number, wish: CreateWish): Promise<CreateOutcome> {
    this.note(`create ${offerId}`);
    const scripted = this.creates.get(offerId);
    if (scripted?.made === false) return scripted.outcome;
    const offer = this.offers.find(({ id }) => id === offerId);
    if (offer === undefined)
      return { kind: 'refused', failure: new CodedError('vastai.offer_taken', `Offer ${offerId} is gone.`) };
    const contract_id = this.next++;
    this.instances.set(contract_id, { offer, wish, looked: 0 });
    return scripted?.outcome ?? { kind: 'created', contract_id };
  }

  async show(contractId: number): Promise<Instance | null> {
    this.note(`show ${contractId}`);
    const entry = this.instances.get(contractId);
    if (entry === undefined) return null;
    const looks = this.looks.get(entry.offer.id) ?? [{}];
    const look = looks[Math.min(entry.looked++, looks.length - 1)];
    if (look instanceof CodedError) throw look;
    return look === null ? null : { ...this.instanceOf(contractId), ...look };
  }

  async list(): Promise<readonly Instance[]> {
    this.note('list');
    if (this.failingLists > 0) {
      this.failingLists--;
      throw unreachable();
    }
    return [...this.instances.keys()].map((id) => this.instanceOf(id));
  }

  async label(): Promise<void> {}

  async destroy(contractId: number): Promise<void> {
    this.note(`destroy ${contractId}`);
    this.instances.delete(contractId);
  }

  async charges(): Promise<[]> {
    return [];
  }

  async volumes(): Promise<[]> {
    return [];
  }

  async deleteVolume(): Promise<void> {}

  async template(): Promise<null> {
    return null;
  }

  async user() {
    return { id: null, email: null, balance_usd: null, credit_usd: null };
  }

  private note(call: string): void {
    this.calls.push(call);
    this.onCall(call);
  }

  private instanceOf(id: number): Instance {
    const entry = this.instances.get(id);
    if (entry === undefined) throw new Error(`There is no contract ${id}.`);
    const { offer, wish } = entry;
    return {
      id,
      label: wish.label,
      actual_status: 'running',
      intended_status: 'running',
      status_msg: null,
      public_ipaddr: this.backendUrl.hostname,
      ports: new Map([[11_434, Number(this.backendUrl.port)]]),
      machine_id: offer.machine_id,
      host_id: offer.host_id,
      gpu_name: offer.gpu_name,
      num_gpus: offer.num_gpus,
      dph_total: offer.dph_total,
      start_date: null,
    };
  }
}
