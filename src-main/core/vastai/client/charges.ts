import { z } from 'zod';
import type { Charge } from '../seams.ts';
import { pageToken } from './pages.ts';
import { asNumber, asText } from './wire.ts';

const row = z.looseObject({
  type: z.string().nullish(),
  source: z.string().nullish(),
  start: z.unknown().transform(asNumber),
  end: z.unknown().transform(asNumber),
  amount: z.unknown().transform(asNumber).pipe(z.number()),
  metadata: z.looseObject({ label: z.unknown().optional() }).nullish().catch(null),
});
export type ChargeRow = z.infer<typeof row>;

export const chargesAnswer = z.object({
  results: z.array(row),
  total: z.unknown().optional(),
  next_token: pageToken,
});

/** Rows of one contract add up; what is billed for something else than an instance is left out. */
export function chargesByContract(
  rows: readonly ChargeRow[],
  asked: Pick<Charge, 'from' | 'until'>,
): readonly Charge[] {
  const charges = new Map<number, Charge>();
  for (const { source, start, end, amount, metadata } of rows) {
    const named = /^instance-(\d{1,15})$/.exec(source ?? '')?.[1];
    if (named === undefined) continue;
    const contract_id = Number(named);
    const [from, until] = [start ?? asked.from, end ?? asked.until];
    const sofar = charges.get(contract_id);
    charges.set(contract_id, {
      contract_id,
      label: sofar?.label ?? asText(metadata?.label, 1024),
      usd: (sofar?.usd ?? 0) + amount,
      from: Math.min(sofar?.from ?? from, from),
      until: Math.max(sofar?.until ?? until, until),
    });
  }
  return [...charges.values()];
}
