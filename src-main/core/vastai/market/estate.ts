import type { Clock } from '#core/ports/ports.ts';
import { normals } from '#shared/lib/random.ts';
import { type EpochSeconds, toEpochSeconds, type Usd } from '#shared/model/units.ts';
import { type Asks, endOfTerm } from './asks.ts';
import { billOf, GB } from './bill.ts';
import { between, sequence } from './chance.ts';
import { billedUntil, type Condition, conditionOf, stopsServing } from './condition.ts';
import type { Contract, Volume } from './contract.ts';
import { drawFate, type FateRates, USUAL_FATES } from './fates.ts';
import type { Ask, Machine } from './machines.ts';
import { storagePerHour } from './market-prices.ts';
import type { ModelServers } from './model-servers.ts';
import { agreedPrice, type Order, portsIn } from './order.ts';
import { invalidArgs, Refusal } from './refusal.ts';
import type { StateFile } from './state-file.ts';

/** What a server image weighs, in bytes. */
const IMAGE_BYTES = 2 * GB;
const OLLAMA_PORT = 11434;

export interface ContractBill {
  readonly id: number;
  readonly label: string | null;
  readonly status: 'open' | 'destroyed' | 'lost';
  readonly start: EpochSeconds;
  /** Null while it is billed on. */
  readonly end: EpochSeconds | null;
  readonly usd: Usd;
}

export interface EstateDeps {
  readonly seed: number;
  readonly clock: Clock;
  readonly slowness: number;
  readonly asks: Asks;
  readonly file: StateFile;
  readonly servers: ModelServers;
  readonly readOnly: boolean;
  readonly fates?: (() => FateRates) | undefined;
}

/** Everything that is rented: what exists, and every change of it, saved before it is told. */
export class Estate {
  readonly #deps: EstateDeps;
  /** Contracts that are listed; those that time has ended leave when they are next looked at. */
  readonly #open: Set<number>;

  constructor(deps: EstateDeps) {
    this.#deps = deps;
    const { contracts } = deps.file.state;
    this.#open = new Set(
      [...contracts.values()].filter((one) => one.destroyed_at === null).map(({ id }) => id),
    );
  }

  now(): EpochSeconds {
    return toEpochSeconds(this.#deps.clock.nowUs());
  }

  /** All that are listed, the oldest first. */
  listed(): readonly Contract[] {
    const now = this.now();
    const listed: Contract[] = [];
    for (const id of this.#open) {
      const contract = this.#deps.file.state.contracts.get(id);
      if (contract === undefined || conditionOf(contract, now).gone) this.#open.delete(id);
      else listed.push(contract);
    }
    return listed;
  }

  find(id: number): Contract | null {
    const contract = this.#deps.file.state.contracts.get(id);
    return contract === undefined || conditionOf(contract, this.now()).gone ? null : contract;
  }

  all(): readonly Contract[] {
    return [...this.#deps.file.state.contracts.values()];
  }

  volumes(): readonly Volume[] {
    return [...this.#deps.file.state.volumes.values()];
  }

  machineOf(contract: Contract): Machine {
    const ask = this.#deps.asks.find(contract.ask_id);
    if (ask === null) throw new Error(`contract ${contract.id} is of no offer`);
    return ask.machine;
  }

  /** Cards of ours by machine. */
  held(): ReadonlyMap<number, number> {
    const held = new Map<number, number>();
    for (const contract of this.listed()) {
      const ask = this.#deps.asks.find(contract.ask_id);
      if (ask === null) continue;
      const { machineId } = ask.machine;
      held.set(machineId, (held.get(machineId) ?? 0) + ask.numGpus);
    }
    return held;
  }

  create(askId: number, order: Order): Contract {
    const { asks, file, seed, slowness, readOnly } = this.#deps;
    if (readOnly) throw new Refusal(503, 'read_only', 'this market is only looked at');
    const now = this.now();
    const ask = asks.find(askId);
    const standing = ask === null ? 'taken' : asks.standing(ask, this.held(), now);
    if (ask === null || standing === 'taken')
      throw new Refusal(404, 'no_such_ask', `no_such_ask  Instance type by id ${askId} is not available.`);
    if (standing === 'unlisted' || (standing === 'rented' && order.bid === null && order.cancelUnavailable))
      throw new Refusal(410, 'no_longer_available', `offer ${askId} is no longer available`);
    const prices = agreedPrice(ask, asks.prices.base(ask, now), order);
    const id = file.state.nextId++;
    const next = sequence(seed, `contract ${id}`);
    const { machine } = ask;
    const imageSeconds = (IMAGE_BYTES * 8) / (machine.inetDown * 1e6 * machine.delivered);
    const boot_s = slowness * (machine.boot * Math.exp(0.35 * normals(next)()) + imageSeconds);
    const contract: Contract = {
      id,
      ask_id: askId,
      label: order.label,
      created_at: now,
      ...prices,
      down_cost: machine.inetDownCost,
      disk_gb: order.diskGb,
      is_bid: order.bid !== null,
      image: order.image,
      runtype: order.runtype,
      env: { ...order.env },
      onstart: order.onstart,
      template_hash: order.templateHash,
      image_bytes: Math.round(IMAGE_BYTES * slowness),
      boot_s,
      ...drawFate(next, this.#deps.fates?.() ?? USUAL_FATES, machine, boot_s),
      term_ends_at: endOfTerm(machine, now),
      moves: order.stopped ? [{ at: now, to: 'stopped' }] : [],
      pulls: [],
      models: [],
      destroyed_at: null,
      port: null,
    };
    file.state.contracts.set(id, contract);
    this.#open.add(id);
    if (order.volumeGb !== null) this.#addVolume(ask, order.volumeGb, order.label);
    file.save();
    return contract;
  }

  /** Irreversible; false when there is none. */
  async destroy(id: number): Promise<boolean> {
    const contract = this.find(id);
    if (contract === null) return false;
    this.#writable();
    contract.destroyed_at = this.now();
    this.#open.delete(id);
    this.#deps.file.save();
    await this.#deps.servers.stop(id);
    return true;
  }

  async move(contract: Contract, to: 'running' | 'stopped'): Promise<void> {
    this.#writable();
    if (this.conditionOf(contract).intended === to) return;
    contract.moves.push({ at: this.now(), to });
    this.#deps.file.save();
    if (to === 'stopped') await this.#deps.servers.stop(contract.id);
  }

  /** Its container is started anew. */
  async reboot(contract: Contract): Promise<void> {
    this.#writable();
    contract.moves.push({ at: this.now(), to: 'running' });
    this.#deps.file.save();
    await this.#deps.servers.stop(contract.id);
  }

  change(contract: Contract, change: { readonly label: string | null } | { readonly dph_total: Usd }): void {
    this.#writable();
    Object.assign(contract, change);
    this.#deps.file.save();
  }

  conditionOf(contract: Contract): Condition {
    return conditionOf(contract, this.now());
  }

  /** Host ports by container port; null while there are none to tell. Starts what should be listening. */
  async portsOf(contract: Contract): Promise<ReadonlyMap<number, number> | null> {
    if (this.conditionOf(contract).actual !== 'running') return null;
    const { ports } = this.machineOf(contract);
    if (ports === 0 || contract.fate === 'no-ports') return null;
    const wanted = portsIn(contract.env);
    const found = new Map<number, number>();
    const next = sequence(this.#deps.seed, `ports ${contract.id}`);
    for (const port of wanted.slice(0, ports)) {
      const somewhere = Math.floor(between(20_000, 30_000, next()));
      const serves = port === OLLAMA_PORT && isServed(contract);
      // A machine whose server cannot be started must not spoil the list of the others.
      const real = serves ? await this.#serve(contract).catch(() => null) : somewhere;
      if (real !== null) found.set(port, real);
    }
    return found.size === 0 ? null : found;
  }

  /** After a restart: what ran listens again, so that addresses which were told stay true. */
  async resume(): Promise<void> {
    if (this.#deps.readOnly) return;
    await Promise.all(
      this.listed()
        .filter((contract) => contract.port !== null)
        .map((contract) => this.portsOf(contract)),
    );
  }

  /** What would have come at some time comes now. */
  async strike(id: number, fate: 'exit' | 'lost' | 'ended'): Promise<boolean> {
    const contract = this.find(id);
    if (contract === null) return false;
    this.#writable();
    Object.assign(contract, { fate, fate_after_s: this.now() - contract.created_at });
    this.#deps.file.save();
    await this.#deps.servers.stop(id);
    return true;
  }

  addVolume(ask: Ask, gb: number, label: string | null): Volume {
    this.#writable();
    if (gb > ask.machine.disk / 4) throw invalidArgs(`size: ${gb} GB asked for`);
    const volume = this.#addVolume(ask, gb, label);
    this.#deps.file.save();
    return volume;
  }

  deleteVolume(id: number): boolean {
    this.#writable();
    const volume = this.#deps.file.state.volumes.get(id);
    if (volume === undefined || volume.destroyed_at !== null) return false;
    volume.destroyed_at = this.now();
    this.#deps.file.save();
    return true;
  }

  bills(): readonly ContractBill[] {
    const now = this.now();
    return this.all().map((contract) => {
      const until = billedUntil(contract, now);
      const status = contract.destroyed_at === until ? 'destroyed' : until < now ? 'lost' : 'open';
      return {
        id: contract.id,
        label: contract.label,
        status,
        start: contract.created_at,
        end: status === 'open' ? null : until,
        usd: billOf(contract, now)?.amount ?? 0,
      };
    });
  }

  #writable(): void {
    if (this.#deps.readOnly) throw new Refusal(503, 'read_only', 'this market is only looked at');
  }

  #addVolume(ask: Ask, gb: number, label: string | null): Volume {
    const { state } = this.#deps.file;
    const volume: Volume = {
      id: state.nextId++,
      label,
      machine_id: ask.machine.machineId,
      size_gb: gb,
      dph: storagePerHour(ask, gb),
      created_at: this.now(),
      destroyed_at: null,
    };
    state.volumes.set(volume.id, volume);
    return volume;
  }

  async #serve(contract: Contract): Promise<number | null> {
    const { servers, file, readOnly } = this.#deps;
    if (readOnly) return contract.port;
    const ask = this.#deps.asks.find(contract.ask_id);
    if (ask === null) return null;
    const port = await servers.start(contract.id, {
      port: contract.port,
      ask,
      until: stopsServing(contract),
      models: contract.models,
      downloaded: (bytes, model) => {
        const at = this.now();
        const last = contract.pulls.at(-1);
        if (last !== undefined && at - last.at < 1) last.bytes += bytes;
        else contract.pulls.push({ at, bytes });
        if (model !== null) contract.models.push(model);
        file.save();
      },
    });
    // Destroyed or stopped while it started.
    if (this.conditionOf(contract).actual !== 'running') {
      await servers.stop(contract.id);
      return null;
    }
    if (port !== contract.port) {
      contract.port = port;
      file.save();
    }
    return port;
  }
}

const isServed = ({ image, onstart, runtype, fate }: Contract): boolean =>
  fate !== 'silent' &&
  ((/ollama/i.test(image) && runtype === 'args') || /ollama\s+serve/.test(onstart ?? ''));
