import { z } from 'zod';
import type { EpochSeconds, Seconds, Usd } from '#shared/model/units.ts';
import type { Charge } from '../seams.ts';
import { pageToken } from './pages.ts';
import { asId, asNumber, asText } from './wire.ts';

/** No bill of one machine and day is believed to be larger. */
const MAX_USD: Usd = 1e6;
const DAY: Seconds = 86_400;

const row = z.looseObject({
  type: z.string().nullish(),
  source: z.string().nullish(),
  start: z.unknown().transform(asNumber),
  end: z.unknown().transform(asNumber),
  // Less than nothing gives some of it back.
  amount: z.unknown().transform(asNumber).pipe(z.number().min(-MAX_USD).max(MAX_USD)),
  metadata: z.looseObject({ label: z.unknown().optional() }).nullish().catch(null),
});
export type ChargeRow = z.infer<typeof row>;

export const chargesAnswer = z.object({
  results: z.array(row),
  total: z.unknown().optional(),
  next_token: pageToken,
});

/** A row of a day bears its midnight (UTC) as start and end, and goes as far as the day does. */
const endOf = (start: EpochSeconds | null, end: EpochSeconds | null): EpochSeconds | null =>
  end !== null && end === start && end % DAY === 0 ? end + DAY : end;

/** Rows of one contract add up, as far as it is now; what is billed for something else than an instance is left out. */
export function chargesByContract(
  rows: readonly ChargeRow[],
  asked: Pick<Charge, 'from' | 'until'>,
): readonly Charge[] {
  const charges = new Map<number, Charge>();
  for (const { source, start, end, amount, metadata } of rows) {
    const named = /^instance-(\d{1,16})$/.exec(source ?? '')?.[1];
    const contract_id = asId(named);
    if (contract_id === null) continue;
    const from = start ?? asked.from;
    const until = Math.min(endOf(start, end) ?? asked.until, Math.max(asked.until, from));
    const sofar = charges.get(contract_id);
    charges.set(contract_id, {
      contract_id,
      label: sofar?.label ?? asText(metadata?.label, 1024),
      usd: (sofar?.usd ?? 0) + amount,
      from: Math.min(sofar?.from ?? from, from),
      until: Math.max(sofar?.until ?? until, until),
    });
  }
  return Array.from(charges.values(), (charge) => ({ ...charge, usd: Math.max(0, charge.usd) }));
}
