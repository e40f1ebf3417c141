import { pause } from '#core/ports/pause.ts';
import { span } from '#core/telemetry/span.ts';
import { accountOf } from '#core/vastai/account.ts';
import type { VastClient } from '#core/vastai/seams.ts';
import { abortFailure, CodedError, toFailure } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import type { Attempts } from './attempts.ts';
import { type Candidate, hourlyPrice } from './choose.ts';
import { marketOf, type RentalWant, type VastaiDeps } from './want.ts';

/** One attempt to rent one offer. `hopeless`: no other offer would be had either. */
export type Created =
  | { readonly kind: 'created'; readonly rental_id: string; readonly contract_id: number }
  | { readonly kind: 'refused'; readonly failure: CodedError; readonly hopeless: boolean };

/** Every offer would be refused for the same. */
const HOPELESS: ReadonlySet<string> = new Set(['vastai.bad_key', 'vastai.invalid_args']);

/** The ledger knows of the attempt before the market does, and of the contract before anybody waits for it. */
export function createOn(
  deps: VastaiDeps,
  want: RentalWant,
  client: VastClient,
  candidate: Candidate,
  attempts: Attempts,
  signal: AbortSignal,
): Promise<Created> {
  const { offer, model, disk_gb } = candidate;
  const { ledger } = deps.rentals;
  const about = {
    model,
    gpu_name: offer.gpu_name,
    num_gpus: offer.num_gpus,
    dph_total: hourlyPrice(candidate),
    offer_id: offer.id,
    contract_id: null,
    outcome: null,
  };
  return span('vastai.instance_create', about, async (handle): Promise<Created> => {
    if (signal.aborted) throw abortFailure(signal);
    const account = await accountOf(client, signal);
    const row = attempts.intend({
      market: marketOf(want.backend_type),
      job_id: want.job_id,
      offer: { ...offer, dph_total: hourlyPrice(candidate) },
      disk_gb,
      account,
    });
    handle.set('rental_id', row.rental_id);
    const wish = { label: row.label, disk_gb, template_hash: want.request.template_hash || null };
    const outcome = await client.create(offer.id, wish, signal).catch((thrown: unknown) => {
      if (thrown instanceof CodedError) attempts.refused(row.rental_id, toFailure(thrown));
      throw thrown;
    });
    handle.set('outcome', outcome.kind);
    if (outcome.kind === 'created') {
      ledger.created(row.rental_id, outcome.contract_id);
      handle.set('contract_id', outcome.contract_id);
      return { kind: 'created', rental_id: row.rental_id, contract_id: outcome.contract_id };
    }
    handle.set('error', outcome.failure.code);
    if (outcome.kind === 'unknown') {
      want.progress('the market gave no clear answer: looking for the instance');
      const contract_id = await contractOf(deps, client, row.label, outcome.failure, signal);
      if (contract_id !== null) {
        ledger.created(row.rental_id, contract_id);
        handle.set('contract_id', contract_id);
        handle.set('outcome', 'adopted');
        return { kind: 'created', rental_id: row.rental_id, contract_id };
      }
    }
    attempts.refused(row.rental_id, toFailure(outcome.failure));
    const { failure } = outcome;
    return { kind: 'refused', failure, hopeless: HOPELESS.has(failure.code) };
  });
}

/** What was made may be listed a little later. */
const LOOK_AFTER_MS: readonly Milliseconds[] = [2000, 6000, 10_000, 15_000, 20_000];
const LOOKS = 2;

/** The contract with this label; null where it was not among the account's instances, twice. Throws what is not known. */
async function contractOf(
  { clock }: Pick<VastaiDeps, 'clock'>,
  client: VastClient,
  label: string,
  failure: CodedError,
  signal: AbortSignal,
): Promise<number | null> {
  let looked = 0;
  for (const afterMs of LOOK_AFTER_MS) {
    await pause(clock, afterMs / client.connection.pace, signal);
    try {
      const found = (await client.list(signal)).find((instance) => instance.label === label);
      if (found !== undefined) return found.id;
      looked++;
    } catch (thrown) {
      if (signal.aborted || !(thrown instanceof CodedError)) throw thrown;
    }
    if (looked >= LOOKS) return null;
  }
  throw new CodedError(
    'provider.create_failed',
    'The market did not say whether it has rented the machine, and cannot be asked what there is. It is looked for, and destroyed, as soon as the market answers.',
    { detail: failure.message, cause: failure },
  );
}
