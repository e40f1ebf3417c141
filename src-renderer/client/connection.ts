import { type ClientLink, createORPCClient, ORPCError } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '#shared/contract/contract.ts';
import type { Milliseconds } from '#shared/model/units.ts';

/** The contract as the renderer calls it. */
export type Client = ContractRouterClient<Contract>;
type Link = ClientLink<Record<never, never>>;

/** One open transport; a new one is opened when it closes. */
export interface Carrier {
  readonly link: Link;
  readonly closed: Promise<void>;
  isClosed(): boolean;
  close(): void;
}
export type OpenCarrier = () => Promise<Carrier>;

export interface ConnectionState {
  /** `connecting` until the first carrier opened; afterwards `reconnecting` whenever there is none. */
  readonly phase: 'connecting' | 'open' | 'reconnecting';
  /** Failed attempts since the last open carrier. */
  readonly attempts: number;
}

/** Nothing answered: the engine's host is gone or not reachable. The call may have been carried out. */
export class ConnectionLost extends Error {
  constructor() {
    super('The connection to the engine was lost.');
    this.name = 'ConnectionLost';
  }
}

const FIRST_DELAY_MS: Milliseconds = 200;
const MAX_DELAY_MS: Milliseconds = 5_000;
const CALL_PATIENCE_MS: Milliseconds = 10_000;

/** 200 ms, doubling up to 5 s. */
export const backOff = (attempts: number): Milliseconds =>
  Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts, 10));

/** Keeps one carrier open and lets calls wait for it, for a while. */
export class Connection {
  readonly client: Client;
  private readonly openCarrier: OpenCarrier;
  private readonly wait: (ms: Milliseconds) => Promise<void>;
  private readonly listeners = new Set<() => void>();
  private readonly waiting = new Set<(carrier: Carrier) => void>();
  private carrier: Carrier | null = null;
  private current: ConnectionState = { phase: 'connecting', attempts: 0 };
  private stopped = false;

  constructor(openCarrier: OpenCarrier, wait: (ms: Milliseconds) => Promise<void> = sleep) {
    this.openCarrier = openCarrier;
    this.wait = wait;
    const link: Link = { call: (path, input, options) => this.call(path, input, options) };
    this.client = createORPCClient(link);
    void this.keepOpen();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly state = (): ConnectionState => this.current;

  /** The open carrier, or a new one within `patienceMs`; throws ConnectionLost. */
  ready(patienceMs: Milliseconds = CALL_PATIENCE_MS): Promise<Carrier> {
    if (this.carrier !== null) return Promise.resolve(this.carrier);
    return new Promise((resolve, reject) => {
      const arrive = (carrier: Carrier): void => {
        clearTimeout(timer);
        this.waiting.delete(arrive);
        resolve(carrier);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(arrive);
        reject(new ConnectionLost());
      }, patienceMs);
      this.waiting.add(arrive);
    });
  }

  dispose(): void {
    this.stopped = true;
    this.carrier?.close();
  }

  private async call(...[path, input, options]: Parameters<Link['call']>): Promise<unknown> {
    const carrier = await this.ready();
    try {
      return await carrier.link.call(path, input, options);
    } catch (error) {
      if (carrier.isClosed() && !(error instanceof ORPCError)) throw new ConnectionLost();
      throw error;
    }
  }

  private async keepOpen(): Promise<void> {
    let attempts = 0;
    let opened = false;
    while (!this.stopped) {
      try {
        const carrier = await this.openCarrier();
        attempts = 0;
        opened = true;
        this.carrier = carrier;
        this.publish({ phase: 'open', attempts });
        for (const arrive of [...this.waiting]) arrive(carrier);
        await carrier.closed;
        this.carrier = null;
      } catch {
        attempts++;
      }
      if (this.stopped) return;
      this.publish({ phase: opened ? 'reconnecting' : 'connecting', attempts });
      await this.wait(backOff(attempts));
    }
  }

  private publish(state: ConnectionState): void {
    this.current = state;
    for (const listener of this.listeners) listener();
  }
}

function sleep(ms: Milliseconds): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
