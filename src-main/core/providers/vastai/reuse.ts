import { span } from '#core/telemetry/span.ts';
import type { Instance, RentalRow, VastClient } from '#core/vastai/seams.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Attempts } from './attempts.ts';
import { isBlocked } from './choose.ts';
import type { ModelChoice } from './model-for.ts';
import { addressOf, endpointAt, troubleAt } from './wait.ts';
import { marketOf, type RentalWant, type Rented, type VastaiDeps } from './want.ts';

/** Kept ones that do not answer cost time: then a new one is rented. */
const TRIES = 3;

/** A kept instance of the ledger that is what the job wants, is really running, and answers; null: there is none. */
export function reuseKept(
  deps: VastaiDeps,
  want: RentalWant,
  models: ModelChoice,
  client: VastClient,
  attempts: Attempts,
  signal: AbortSignal,
): Promise<Rented | null> {
  const { ledger } = deps.rentals;
  const { min_dph, max_dph, reliability } = want.request;
  const about = { min_dph, max_dph, reliability, contract_id: null, reused: false };
  return span('vastai.instance_reuse_check', about, async (handle) => {
    const tried = new Set<string>();
    while (tried.size < TRIES) {
      const suits = (row: RentalRow): boolean =>
        !tried.has(row.rental_id) && isWanted(row, want, models, deps.settings());
      const row = ledger.claim(marketOf(want.backend_type), want.job_id, suits);
      if (row === null) return null;
      attempts.take(row);
      tried.add(row.rental_id);
      handle.set('contract_id', row.contract_id);
      const rented = await used(row, deps, want, models, client, attempts, signal);
      if (rented === null) continue;
      handle.set('reused', true);
      return rented;
    }
    return null;
  });
}

/** What a template makes of a machine is not in the ledger: a job with one gets its own. */
function isWanted(
  row: RentalRow,
  { request }: RentalWant,
  models: ModelChoice,
  settings: Parameters<typeof isBlocked>[1],
): boolean {
  const { min_dph, max_dph, reliability, gpu_name, offer_id, template_hash, disk_gb } = request;
  return (
    template_hash === '' &&
    row.contract_id !== null &&
    (offer_id === undefined || row.offer_id === offer_id) &&
    (gpu_name === undefined || gpu_name.length === 0 || gpu_name.includes(row.gpu_name)) &&
    row.usd_hour >= min_dph &&
    (max_dph === 0 || row.usd_hour <= max_dph) &&
    (reliability === 0 || (row.reliability !== null && row.reliability >= reliability)) &&
    (disk_gb === undefined || row.disk_gb >= disk_gb) &&
    models.on(machineOf(row)) !== null &&
    !isBlocked(row, settings)
  );
}

const machineOf = ({ gpu_total_ram, disk_gb }: RentalRow) => ({ gpu_total_ram, disk_space: disk_gb });

async function used(
  row: RentalRow,
  deps: VastaiDeps,
  want: RentalWant,
  models: ModelChoice,
  client: VastClient,
  attempts: Attempts,
  signal: AbortSignal,
): Promise<Rented | null> {
  const { rental_id, contract_id } = row;
  const runs = models.on(machineOf(row));
  if (contract_id === null || runs === null) return null;
  want.progress('looking at an instance that was kept');
  let instance: Instance | null;
  try {
    instance = await client.show(contract_id, signal);
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof CodedError) || row.keep_until === null) throw thrown;
    // Who cannot be asked has not said that it is broken: it stays what it was.
    attempts.keep(rental_id, row.keep_until);
    return null;
  }
  const address = instance?.actual_status === 'running' ? addressOf(instance) : null;
  const endpoint = address === null ? null : endpointAt(want, address);
  if (endpoint === null || (await troubleAt(deps, endpoint, signal)) !== null) {
    attempts.end(rental_id, 'it did not answer when another job wanted it');
    return null;
  }
  // Destroyed by the user just now.
  if (attempts.isEnding(rental_id)) return null;
  deps.rentals.ledger.ready(rental_id, endpoint.base_url);
  return { rental_id, contract_id, endpoint, model: runs.model };
}
