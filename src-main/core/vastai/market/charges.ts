import { z } from 'zod';
import { billOf, volumeBill } from './bill.ts';
import type { Estate } from './estate.ts';
import { invalidArgs } from './refusal.ts';

const DAY = 86_400;
const MAX_LIMIT = 100;

const moment = z.coerce.number().nonnegative();
const filters = z.object({
  day: z.object({ gte: moment.optional(), lte: moment.optional() }).optional(),
  type: z.object({ eq: z.string().optional(), in: z.array(z.string()).optional() }).optional(),
});
const query = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(20),
  after_token: z.coerce.number().int().nonnegative().default(0),
});

/** `GET /charges/`: one row for each contract, with what it owes for the days (UTC) that are asked for. */
export function chargesOf(estate: Estate, given: URLSearchParams): Readonly<Record<string, unknown>> {
  const page = query.safeParse(Object.fromEntries(given));
  if (!page.success)
    throw invalidArgs(`limit is at most ${MAX_LIMIT}, after_token is the last answer's next_token`);
  const { day, type } = parseFilters(given.get('select_filters'));
  const now = estate.now();
  const from = day?.gte === undefined ? undefined : Math.floor(day.gte / DAY) * DAY;
  const to = day?.lte === undefined ? undefined : (Math.floor(day.lte / DAY) + 1) * DAY;
  const wants = (one: string): boolean =>
    (type?.eq === undefined || type.eq === one) && (type?.in === undefined || type.in.includes(one));
  const rows = [
    ...(wants('instance') ? estate.all() : []).map((contract) => ({
      type: 'instance',
      id: contract.id,
      label: contract.label,
      about: contract.image,
      bill: billOf(contract, now, from, to),
    })),
    ...(wants('volume') ? estate.volumes() : []).map((volume) => ({
      type: 'volume',
      id: volume.id,
      label: volume.label,
      about: `${volume.size_gb} GB`,
      bill: volumeBill(volume, now, from, to),
    })),
  ].filter(({ bill }) => bill !== null);
  const { limit, after_token } = page.data;
  const part = rows.slice(after_token, after_token + limit);
  return {
    success: true,
    count: part.length,
    total: rows.length,
    next_token: after_token + limit < rows.length ? String(after_token + limit) : null,
    results: part.map(({ type, id, label, about, bill }) => ({
      start: bill?.start,
      end: bill?.end,
      type,
      source: `${type}-${id}`,
      description: `${type} ${id}: ${about}`,
      amount: bill?.amount,
      metadata: { label },
      items: bill?.items.map((item) => ({ ...item, start: bill.start, end: bill.end })),
    })),
  };
}

function parseFilters(text: string | null): z.infer<typeof filters> {
  if (text === null || text === '') return {};
  try {
    return filters.parse(JSON.parse(text));
  } catch {
    throw invalidArgs(
      'select_filters: expected {"day": {"gte", "lte"}, "type": {"in"}} with seconds since 1970',
    );
  }
}
