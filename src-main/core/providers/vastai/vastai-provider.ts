import { isStoreTrouble } from '#core/store/database.ts';
import type { VastClient } from '#core/vastai/seams.ts';
import { abortFailure, CodedError, toFailure } from '#shared/model/failure.ts';
import type { Attributes } from '#shared/model/span.ts';
import { type Milliseconds, toEpochSeconds, type Usd } from '#shared/model/units.ts';
import { Attempts } from './attempts.ts';
import { type Candidate, chooseOffers, hourlyPrice, taken } from './choose.ts';
import { createOn } from './create.ts';
import { measuredBackend } from './delivered.ts';
import { type ModelChoice, modelChoice } from './model-for.ts';
import { reuseKept } from './reuse.ts';
import { priceRose, waitUntilReady } from './wait.ts';
import {
  marketOf,
  type RentalWant,
  type Rented,
  type RentedProvider,
  requireServable,
  type VastaiDeps,
} from './want.ts';
import { watchInstance } from './watch.ts';

/** Offers that are tried in one job. */
const TRIES = 5;
/** Offers that are looked at once more, as their prices have grown old. */
const QUOTES = 20;
/** An older price is asked for again before it is paid. */
const QUOTE_AGE_MS: Milliseconds = 60_000;
/** Where no limit was given, a machine may cost this much more than it was offered for. */
const UNLIMITED_SLACK = 1.05;

/** Rents a machine for one job, and ends it (docs/adr/0008). Throws `request.invalid` before anything is spent. */
export function createVastaiProvider(deps: VastaiDeps, want: RentalWant): RentedProvider {
  requireServable(want);
  const { clock, rentals } = deps;
  const attempts = new Attempts(rentals);
  const facts: { -readonly [K in keyof Attributes]: Attributes[K] } = {};
  let now: Rented | null = null;
  let keeps = false;
  let watch: { stop(): void } | null = null;

  const rented = (): Rented => {
    if (now === null) throw new Error('Nothing has been rented.');
    return now;
  };

  return {
    provider_type: 'vastai',
    backend_type: want.backend_type,
    facts: () => facts,
    rented,
    keep: () => {
      keeps = true;
    },
    measured: (backend) => measuredBackend(backend, rented().rental_id, rentals.ledger, clock),

    async provision(signal) {
      const client = await rentals.markets.client(marketOf(want.backend_type));
      const models = modelChoice(want.model, want.request.disk_gb, deps.settings());
      const kept = await reuseKept(deps, want, models, client, attempts, signal);
      now = kept ?? (await rentNew(deps, want, models, client, attempts, signal));
      facts.contract_id = now.contract_id;
      facts.reused = kept !== null;
      watch = watchInstance(deps, client, now, want.lost);
      return now.endpoint;
    },

    async teardown() {
      watch?.stop();
      let fault: unknown = null;
      if (keeps && now !== null) {
        const hours = deps.settings().offers.keep_hours;
        const until = toEpochSeconds(clock.nowUs()) + hours * 3600;
        try {
          if (attempts.keep(now.rental_id, until)) facts.kept_until = until;
        } catch (thrown) {
          // What cannot be written down as kept would be nobody's: it ends like everything else.
          if (!isStoreTrouble(thrown)) fault = thrown;
        }
      }
      if (attempts.left > 0) want.progress('destroying what was rented');
      const answers = await attempts.endAll('its job is over');
      facts.gone = answers.every(({ gone }) => gone);
      if (fault !== null) throw fault;
      const left = answers.filter(({ gone }) => !gone);
      if (left.length > 0)
        throw new CodedError('rental.not_gone', left.map(({ message }) => message).join(' '), {
          retryable: true,
        });
    },
  };
}

async function rentNew(
  deps: VastaiDeps,
  want: RentalWant,
  models: ModelChoice,
  client: VastClient,
  attempts: Attempts,
  signal: AbortSignal,
): Promise<Rented> {
  const { clock } = deps;
  const { offer_id } = want.request;
  want.progress('searching offers');
  const candidates = await chooseOffers(deps, want, models, client, signal);
  const searchedMs = clock.monotonicMs();
  let last: CodedError | null = null;
  let tried = 0;
  let quoted = 0;
  for (const found of candidates) {
    if (tried >= TRIES || quoted >= QUOTES) break;
    if (signal.aborted) throw abortFailure(signal);
    const isFresh =
      clock.monotonicMs() - searchedMs <= QUOTE_AGE_MS / client.connection.pace &&
      found.disk_gb === found.priced_disk_gb;
    if (!isFresh) quoted++;
    const candidate = isFresh ? found : await quotedAnew(found, client, signal);
    if (candidate === null) {
      last = taken(found.offer.id);
      continue;
    }
    const usd = hourlyPrice(candidate);
    if (usd > limitOf(want, candidate)) {
      last = priceRose(usd, limitOf(want, candidate));
      if (offer_id !== undefined) throw last;
      continue;
    }
    tried++;
    const attempt = await tryOne(deps, want, client, candidate, attempts, signal);
    if (!(attempt instanceof CodedError)) return attempt;
    last = attempt;
    if (offer_id !== undefined) throw last;
  }
  throw noneHad(last, tried);
}

/** Null: it is gone. */
async function quotedAnew(
  candidate: Candidate,
  client: VastClient,
  signal: AbortSignal,
): Promise<Candidate | null> {
  const { offer, disk_gb } = candidate;
  const { offers } = await client.search(
    { filter: { type: 'ondemand' }, allocated_storage: disk_gb, offer_id: offer.id },
    signal,
  );
  const found = offers.find(({ id }) => id === offer.id);
  return found === undefined ? null : { ...candidate, offer: found, priced_disk_gb: disk_gb };
}

const limitOf = ({ request }: RentalWant, candidate: Candidate): Usd =>
  request.max_dph > 0 ? request.max_dph : hourlyPrice(candidate) * UNLIMITED_SLACK;

/** What was rented, or why another offer is to be tried; throws where that would be of no use. */
async function tryOne(
  deps: VastaiDeps,
  want: RentalWant,
  client: VastClient,
  candidate: Candidate,
  attempts: Attempts,
  signal: AbortSignal,
): Promise<Rented | CodedError> {
  const { offer, model } = candidate;
  const count = offer.num_gpus === 1 ? '' : `${offer.num_gpus} x `;
  want.progress(`renting ${count}${offer.gpu_name} of offer ${offer.id}`);
  const created = await createOn(deps, want, client, candidate, attempts, signal);
  if (created.kind === 'refused') {
    if (created.hopeless) throw created.failure;
    return created.failure.code === 'vastai.offer_taken' ? taken(offer.id) : created.failure;
  }
  const { rental_id, contract_id } = created;
  try {
    const waited = { rental_id, contract_id, limit_usd: limitOf(want, candidate) };
    const endpoint = await waitUntilReady(deps, want, client, waited, signal);
    return { rental_id, contract_id, endpoint, model };
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof CodedError)) throw thrown;
    // Nobody who destroys a machine wants to see the next one come.
    if (attempts.isEnding(rental_id)) throw thrown;
    attempts.end(rental_id, ENDED_BECAUSE[thrown.code] ?? thrown.message, toFailure(thrown));
    if (thrown.code === 'vastai.bad_key') throw thrown;
    return thrown;
  }
}

const ENDED_BECAUSE: Readonly<Record<string, string>> = {
  'provider.boot_timeout': 'its backend did not answer in time',
  'provider.instance_failed': 'it failed',
  'provider.create_failed': 'it was never there',
  'provider.no_port': 'it opened no port',
  'provider.price_rose': 'its price was not what was agreed to',
};

const noneHad = (last: CodedError | null, tried: number): CodedError => {
  if (last === null) return new CodedError('provider.no_offer', 'No offer fits.');
  const { code, message, detail, retryable } = last;
  const before = tried > 1 ? `${tried} offers were tried, and none gave a machine. The last: ` : '';
  return new CodedError(code, `${before}${message}`, { detail, retryable, cause: last });
};
