import type { BackendEndpoint } from '#core/backends/backend.ts';
import { pause } from '#core/ports/pause.ts';
import { nullCollector } from '#core/telemetry/collectors/null.ts';
import { currentContext, span, withContext } from '#core/telemetry/span.ts';
import type { Instance, VastClient } from '#core/vastai/seams.ts';
import { formatDuration, formatUsd } from '#shared/lib/format.ts';
import { CodedError } from '#shared/model/failure.ts';
import { type Milliseconds, toEpochSeconds, type Usd } from '#shared/model/units.ts';
import type { RentalWant, VastaiDeps } from './want.ts';

/** On which Ollama listens in its container. */
const CONTAINER_PORT = 11_434;
/** The market asks not to be polled more often. */
const POLL_MS: Milliseconds = 10_000;
const PROBE_MS: Milliseconds = 3000;
const PROBE_LIMIT_MS: Milliseconds = 5000;
/** A container that runs has its ports by then. */
const PORTS_MS: Milliseconds = 60_000;
/** One answer that there is none may be older than the instance. */
export const ABSENT = 2;

const FAILED: ReadonlySet<string> = new Set(['exited', 'unknown', 'offline', 'stopped', 'frozen']);
const ERROR_LIKE = /error|fail|denied|unauthori[sz]ed|not found|no such|invalid|cannot/i;

export interface Waited {
  readonly rental_id: string;
  readonly contract_id: number;
  /** No more an hour is paid. */
  readonly limit_usd: Usd;
}

/** Where the backend of an instance would be; null while the market does not say. */
export function addressOf({ public_ipaddr, ports }: Instance): string | null {
  const port = ports.get(CONTAINER_PORT);
  return public_ipaddr === null || public_ipaddr === '' || port === undefined
    ? null
    : `http://${public_ipaddr.includes(':') ? `[${public_ipaddr}]` : public_ipaddr}:${port}`;
}

/** Why nobody needs to wait for it any longer; null while it may come. */
export function troubleOf({ actual_status, status_msg }: Instance): string | null {
  if (actual_status !== null && FAILED.has(actual_status))
    return `it is ${actual_status}${status_msg === null ? '' : `: ${status_msg}`}`;
  return actual_status !== 'running' && status_msg !== null && ERROR_LIKE.test(status_msg)
    ? status_msg
    : null;
}

/** Until its backend answers. Throws `provider.boot_timeout`, `.instance_failed`, `.no_port`, `.price_rose`. */
export function waitUntilReady(
  deps: VastaiDeps,
  want: RentalWant,
  client: VastClient,
  waited: Waited,
  signal: AbortSignal,
): Promise<BackendEndpoint> {
  const { contract_id } = waited;
  return span('vastai.instance_wait', { contract_id, boot_s: null }, async (handle) => {
    const wait = new Wait(deps, want, client, waited);
    try {
      const endpoint = await wait.ready(signal);
      handle.set('boot_s', wait.elapsedMs / 1000);
      return endpoint;
    } finally {
      handle.set('polls', wait.polls);
      handle.set('probes', wait.probes);
      handle.set('status', wait.status);
    }
  });
}

class Wait {
  polls = 0;
  probes = 0;
  status: string | null = null;
  private absent = 0;
  private runningSince: Milliseconds | null = null;
  private address: string | null = null;
  private trouble: string | null = null;
  private readonly startMs: Milliseconds;
  private readonly limitMs: Milliseconds;
  private readonly deps: VastaiDeps;
  private readonly want: RentalWant;
  private readonly client: VastClient;
  private readonly waited: Waited;

  constructor(deps: VastaiDeps, want: RentalWant, client: VastClient, waited: Waited) {
    this.deps = deps;
    this.want = want;
    this.client = client;
    this.waited = waited;
    this.startMs = deps.clock.monotonicMs();
    this.limitMs = this.paced(deps.settings().offers.boot_timeout * 1000);
  }

  get elapsedMs(): Milliseconds {
    return this.deps.clock.monotonicMs() - this.startMs;
  }

  async ready(signal: AbortSignal): Promise<BackendEndpoint> {
    const { clock, rentals } = this.deps;
    for (let polledMs = Number.NEGATIVE_INFINITY; ; ) {
      if (this.elapsedMs - polledMs >= this.paced(POLL_MS)) {
        polledMs = this.elapsedMs;
        await this.poll(signal);
      }
      if (this.address !== null) {
        const endpoint = endpointAt(this.want, this.address);
        if (await this.answers(endpoint, signal)) {
          this.requireOurs();
          rentals.ledger.ready(this.waited.rental_id, endpoint.base_url);
          rentals.ledger.delivered(this.waited.rental_id, { boot_s: this.elapsedMs / 1000 });
          return endpoint;
        }
      }
      if (this.elapsedMs >= this.limitMs) throw this.late();
      const leftMs = this.paced(POLL_MS) - (this.elapsedMs - polledMs);
      await pause(clock, Math.max(1, this.address === null ? leftMs : this.paced(PROBE_MS)), signal);
    }
  }

  private async poll(signal: AbortSignal): Promise<void> {
    this.polls++;
    const instance = await this.show(signal);
    this.requireOurs();
    if (instance === undefined) return;
    if (instance === null) {
      this.absent++;
      if (this.absent >= ABSENT) throw this.absentFailure();
      return;
    }
    this.absent = 0;
    this.status = instance.actual_status;
    this.look(instance);
  }

  private requireOurs(): void {
    const state = this.deps.rentals.ledger.get(this.waited.rental_id)?.state;
    if (state === 'closing' || state === 'gone')
      throw instanceFailed('somebody destroyed it while it was waited for');
  }

  /** Undefined: the market could not be asked, which says nothing of the machine. */
  private async show(signal: AbortSignal): Promise<Instance | null | undefined> {
    try {
      return await this.client.show(this.waited.contract_id, signal);
    } catch (thrown) {
      if (signal.aborted || !(thrown instanceof CodedError) || thrown.code === 'vastai.bad_key') throw thrown;
      this.trouble = thrown.message;
      return undefined;
    }
  }

  private look(instance: Instance): void {
    const { rental_id, limit_usd } = this.waited;
    const { clock, rentals } = this.deps;
    rentals.ledger.seen(rental_id, toEpochSeconds(clock.nowUs()));
    if (instance.dph_total !== null && instance.dph_total > limit_usd * 1.000_001)
      throw priceRose(instance.dph_total, limit_usd);
    const trouble = troubleOf(instance);
    if (trouble !== null) throw instanceFailed(trouble);
    if (instance.actual_status !== 'running') {
      this.want.progress(
        `waiting for the machine: ${instance.status_msg ?? instance.actual_status ?? 'starting'}`,
      );
      return;
    }
    if (this.runningSince === null) {
      this.runningSince = this.elapsedMs;
      rentals.ledger.running(rental_id, instance.start_date);
    }
    this.want.progress('the machine is up: waiting for its model server');
    this.address = addressOf(instance);
    if (this.address === null && this.elapsedMs - this.runningSince > this.paced(PORTS_MS)) throw noPort();
  }

  private async answers(endpoint: BackendEndpoint, signal: AbortSignal): Promise<boolean> {
    this.probes++;
    const trouble = await troubleAt(this.deps, endpoint, signal);
    if (trouble !== null) this.trouble = trouble;
    return trouble === null;
  }

  private paced(ms: Milliseconds): Milliseconds {
    return ms / this.client.connection.pace;
  }

  private absentFailure(): CodedError {
    return this.status === null && this.polls === this.absent
      ? new CodedError(
          'provider.create_failed',
          'The market said that it rented the machine, and there is no such instance.',
          { retryable: true },
        )
      : instanceFailed('the market has no such instance any more');
  }

  private late(): CodedError {
    return new CodedError(
      'provider.boot_timeout',
      `The machine was not ready within ${formatDuration(this.limitMs)}, and is destroyed. Take one with a faster line, or raise the limit in Settings, under Offers.`,
      { detail: this.trouble ?? this.status ?? undefined, retryable: true },
    );
  }
}

export const endpointAt = ({ backend_type }: Pick<RentalWant, 'backend_type'>, base_url: string) => ({
  backend_type,
  base_url,
  api_key: null,
});

/** Why a backend does not answer yet; null: it does. Asking often is nothing that a trace must hold. */
export async function troubleAt(
  { backend }: Pick<VastaiDeps, 'backend'>,
  endpoint: BackendEndpoint,
  signal: AbortSignal,
): Promise<string | null> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(PROBE_LIMIT_MS)]);
  const context = currentContext();
  const ask = () => backend(endpoint).listModels(limited);
  try {
    await (context === undefined ? ask() : withContext({ ...context, collector: nullCollector }, ask));
    return null;
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof CodedError)) throw thrown;
    return thrown.message;
  }
}

export const instanceFailed = (why: string): CodedError =>
  new CodedError('provider.instance_failed', `The rented machine is lost, and is destroyed: ${why}.`, {
    retryable: true,
  });

const noPort = (): CodedError =>
  new CodedError(
    'provider.no_port',
    `The machine runs and does not open port ${CONTAINER_PORT}, where its model server is: it is destroyed. Check the template, which must map that port.`,
  );

export const priceRose = (usd: Usd, limit: Usd): CodedError =>
  new CodedError(
    'provider.price_rose',
    `The machine costs ${formatUsd(usd)} an hour by now, and at most ${formatUsd(limit)} were agreed to. Quote it again, or raise max_dph.`,
  );
