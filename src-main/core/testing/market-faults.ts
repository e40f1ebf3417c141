import type { Clock } from '#core/ports/ports.ts';
import { sequence } from '#core/vastai/market/chance.ts';
import {
  type Around,
  type Endpoint,
  type MarketReply,
  type MarketRequest,
  type NoReply,
  reply,
} from '#core/vastai/market/reply.ts';

/**
 * What goes wrong with a call. `-before`: it is not carried out; `-after`: it is, and nobody is told.
 * lie-failed: carried out, and told as `success: false` · lie-done: told as done, and not carried out · taken: the offer
 * is somebody else's from now on · ignore-filters: a search answers as if it had none.
 */
export const MARKET_FAULTS = [
  'reset-before',
  'reset-after',
  'error-before',
  'error-after',
  'hang-before',
  'hang-after',
  'html-before',
  'html-after',
  'garbage-after',
  'rate-limited',
  'lie-failed',
  'lie-done',
  'taken',
  'ignore-filters',
] as const;
export type MarketFault = (typeof MARKET_FAULTS)[number];

/** Shares of 1 by call; `*` for calls that are not named. */
export type MarketFaultRates = Readonly<
  Partial<Record<Endpoint | '*', Readonly<Partial<Record<MarketFault, number>>>>>
>;

export interface Outage {
  /** Of the market's clock, from when it is asked for. */
  readonly seconds: number;
  readonly fault: MarketFault;
}

/** One call as the market saw it. */
export interface LoggedCall {
  /** Seconds of the market's clock. */
  readonly at: number;
  readonly endpoint: Endpoint;
  readonly id: number | null;
  readonly label: string | null;
  readonly fault: MarketFault | null;
  readonly outcome: number | NoReply;
}

const PAGE = '<!doctype html><title>One moment, please</title>';
const ERRORS: readonly (readonly [number, string])[] = [
  [500, '{"success":false,"error":"internal","msg":"internal server error"}'],
  [502, '<html><head><title>502 Bad Gateway</title></head></html>'],
  [503, 'upstream connect error'],
  [504, ''],
];
const SEARCHES: ReadonlySet<Endpoint> = new Set(['search', 'search-asks', 'search-legacy']);
const MAX_LOG = 200_000;
/** Settings of a search that are no filters. */
const SETTINGS = new Set(['type', 'order', 'limit', 'allocated_storage', 'disable_bundling']);

/** Misbehaviour between the network and the market, drawn for each kind of call from a sequence of its own. */
export class MarketFaults {
  readonly #clock: Clock;
  readonly #seed: number;
  readonly #draws = new Map<Endpoint, () => number>();
  readonly #queued = new Map<Endpoint, MarketFault[]>();
  readonly #taken = new Set<number>();
  readonly #calls: LoggedCall[] = [];
  #rates: MarketFaultRates;
  #outage: { readonly until: number; readonly fault: MarketFault } | null = null;

  constructor(clock: Clock, seed: number, rates: MarketFaultRates = {}) {
    this.#clock = clock;
    this.#seed = seed;
    this.#rates = rates;
  }

  get calls(): readonly LoggedCall[] {
    return this.#calls;
  }

  setRates(rates: MarketFaultRates): void {
    this.#rates = rates;
  }

  /** The next calls of that kind go wrong in this way, whatever the rates are. */
  inject(endpoint: Endpoint, ...faults: readonly MarketFault[]): void {
    this.#queued.set(endpoint, [...(this.#queued.get(endpoint) ?? []), ...faults]);
  }

  outage(outage: Outage | null): void {
    this.#outage = outage && { until: this.#now() + outage.seconds, fault: outage.fault };
  }

  /** Somebody else has it from now on. */
  take(offerId: number): void {
    this.#taken.add(offerId);
  }

  readonly around: Around = async (request, next) => {
    const fault = this.#next(request);
    const answer = await this.#answer(fault, request, next);
    if (this.#calls.length < MAX_LOG)
      this.#calls.push({
        at: this.#now(),
        endpoint: request.endpoint,
        id: request.id,
        label: labelIn(request),
        fault,
        outcome: typeof answer === 'string' ? answer : answer.status,
      });
    return answer;
  };

  #now(): number {
    return this.#clock.nowUs() / 1e6;
  }

  #next({ endpoint }: MarketRequest): MarketFault | null {
    const queued = this.#queued.get(endpoint)?.shift();
    if (queued !== undefined) return queued;
    if (this.#outage !== null && this.#now() < this.#outage.until) return this.#outage.fault;
    const rates = this.#rates[endpoint] ?? this.#rates['*'];
    if (rates === undefined) return null;
    const draw = this.#draws.get(endpoint) ?? sequence(this.#seed, `faults ${endpoint}`);
    this.#draws.set(endpoint, draw);
    let left = draw();
    for (const [fault, rate] of Object.entries(rates) as [MarketFault, number][]) {
      left -= rate;
      if (left < 0) return fault;
    }
    return null;
  }

  async #answer(
    fault: MarketFault | null,
    request: MarketRequest,
    next: Parameters<Around>[1],
  ): Promise<MarketReply | NoReply> {
    const { endpoint, id } = request;
    if (endpoint === 'create' && fault === 'taken' && id !== null) this.#taken.add(id);
    if (endpoint === 'create' && id !== null && this.#taken.has(id))
      return id % 3 === 0
        ? reply({ success: false, error: 'no_longer_available', msg: `offer ${id} is taken` }, 410)
        : reply({ success: false, error: 'no_such_ask', msg: `no_such_ask ${id}` }, 404);
    const answer = await this.#usual(fault, request, next);
    return typeof answer === 'object' && SEARCHES.has(endpoint) ? this.#withoutTaken(answer) : answer;
  }

  async #usual(
    fault: MarketFault | null,
    request: MarketRequest,
    next: Parameters<Around>[1],
  ): Promise<MarketReply | NoReply> {
    switch (fault) {
      case null:
      case 'taken':
        return next();
      case 'ignore-filters':
        return next(withoutFilters(request));
      case 'rate-limited':
        return this.#calls.length % 2 === 0
          ? { status: 429, type: 'text/plain', text: 'API requests too frequent endpoint threshold=3.0' }
          : reply({ detail: 'API requests too frequent endpoint threshold=3.0' }, 429);
      case 'lie-done':
        return reply({
          success: true,
          ...(request.endpoint === 'create' ? { new_contract: 90_000_000 + this.#calls.length } : {}),
        });
      case 'lie-failed':
        await next();
        return reply({ success: false, error: 'unknown', msg: 'something went wrong' });
      default: {
        const real = fault.endsWith('-after') ? await next() : null;
        if (fault === 'garbage-after') return { ...reply(null), text: real?.text.slice(0, -7) ?? '' };
        return mishap(fault, this.#calls.length);
      }
    }
  }

  #withoutTaken(answer: MarketReply): MarketReply {
    if (this.#taken.size === 0 || answer.status !== 200 || !answer.text.startsWith('{')) return answer;
    let body: { offers?: readonly { id?: unknown }[] };
    try {
      body = JSON.parse(answer.text);
    } catch {
      return answer;
    }
    const offers = body.offers?.filter(({ id }) => !this.#taken.has(Number(id)));
    return reply({ ...body, offers }, answer.status);
  }
}

function mishap(fault: MarketFault, n: number): MarketReply | NoReply {
  const [kind] = fault.split('-');
  if (kind === 'reset' || kind === 'hang') return kind;
  if (kind === 'html') return { status: 200, type: 'text/html', text: PAGE };
  const [status, text] = ERRORS[n % ERRORS.length] ?? [500, ''];
  return { status, type: text.startsWith('{') ? 'application/json' : 'text/html', text };
}

function withoutFilters(request: MarketRequest): MarketRequest {
  if (request.endpoint !== 'search' || typeof request.body !== 'object' || request.body === null)
    return request;
  return {
    ...request,
    body: Object.fromEntries(Object.entries(request.body).filter(([name]) => SETTINGS.has(name))),
  };
}

function labelIn({ body }: MarketRequest): string | null {
  const label = typeof body === 'object' && body !== null && 'label' in body ? body.label : null;
  return typeof label === 'string' ? label : null;
}
