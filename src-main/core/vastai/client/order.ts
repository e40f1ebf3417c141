import { z } from 'zod';
import type { CodedError } from '#shared/model/failure.ts';
import type { CreateOutcome, CreateWish, OfferSearch } from '../seams.ts';
import type { Reply } from './send.ts';
import { asId } from './wire.ts';

/** More than there are; the market's own limit is far lower unless told. */
export const SEARCH_LIMIT = 5000;
const MIN_DISK_GB = 8;
const IMAGE = 'ollama/ollama';
/** An object here, although templates have a text of flags. */
const ENV = { '-p 11434:11434': '1', OLLAMA_HOST: '0.0.0.0:11434' } as const;

/** The body of a search. Countries are left to our own check, and the market's defaults are not sent. */
export function searchBody({ filter, allocated_storage, offer_id }: OfferSearch): object {
  const { gpu_name = [], ranges = {}, type } = filter;
  const limits = Object.entries(ranges).flatMap(([field, range]) => {
    const { min, max } = range ?? {};
    return min === undefined && max === undefined
      ? []
      : [[field, { ...(min !== undefined && { gte: min }), ...(max !== undefined && { lte: max }) }]];
  });
  return {
    ...Object.fromEntries(limits),
    ...(gpu_name.length > 0 && { gpu_name: { in: gpu_name } }),
    ...(offer_id !== undefined && { id: { eq: offer_id } }),
    type,
    order: [['dph_total', 'asc']],
    limit: SEARCH_LIMIT,
    allocated_storage,
  };
}

export const orderBody = ({ label, disk_gb, template_hash, bid_usd }: CreateWish): object => ({
  client_id: 'me',
  ...(template_hash === null ? { image: IMAGE, runtype: 'args' } : { template_hash_id: template_hash }),
  // Merged into the template's: its machine must answer on our port all the same.
  env: ENV,
  disk: Math.max(MIN_DISK_GB, Math.ceil(disk_gb)),
  label,
  target_state: 'running',
  cancel_unavail: true,
  ...(bid_usd !== undefined && { price: bid_usd }),
});

const created = z.looseObject({
  success: z.literal(true),
  new_contract: z.unknown().transform(asId).pipe(z.number()),
});

/** Statuses that say that nothing was made; of every other answer it is not known. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 404, 410, 429]);

export function outcomeOf(reply: Reply, failure: () => CodedError): CreateOutcome {
  if (reply.status === 200) {
    const parsed = created.safeParse(reply.json);
    if (parsed.success) return { kind: 'created', contract_id: parsed.data.new_contract };
  }
  // A page is from something that stands before the API, of which it is not known what it let pass.
  const refused = REFUSALS.has(reply.status) && !reply.html;
  return { kind: refused ? 'refused' : 'unknown', failure: failure() };
}
