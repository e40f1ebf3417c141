import type { Db } from '#core/store/database.ts';
import type { Failure, FailureCode } from '#shared/model/failure.ts';
import type { MachineRecord } from '#shared/model/rentals.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import { costOfRental } from './rental-cost.ts';
import type { RsRentalRow } from './rental-row.ts';

/** It never answered, or it was lost. */
const FAILED: ReadonlySet<FailureCode> = new Set([
  'provider.boot_timeout',
  'provider.create_failed',
  'provider.instance_failed',
  'provider.no_port',
]);

/** What machines promised and delivered, the latest used first. */
export function machineRecords(db: Db, now: EpochSeconds): readonly MachineRecord[] {
  const rows = db
    .prepare(
      'SELECT * FROM rs_rental WHERE machine_id IS NOT NULL AND contract_id IS NOT NULL ORDER BY seq DESC',
    )
    .all() as RsRentalRow[];
  const byMachine = new Map<string, RsRentalRow[]>();
  for (const row of rows) {
    const key = `${row.market} ${row.machine_id}`;
    const others = byMachine.get(key);
    if (others === undefined) byMachine.set(key, [row]);
    else others.push(row);
  }
  return [...byMachine.values()].flatMap((all) => recordOf(all, now));
}

/** `rows`: of one machine, the newest first. */
function recordOf(rows: readonly RsRentalRow[], now: EpochSeconds): readonly MachineRecord[] {
  const [latest] = rows;
  if (latest === undefined || latest.machine_id === null) return [];
  const model = rows.find(({ tokens_per_s }) => tokens_per_s !== null)?.model ?? null;
  return [
    {
      market: latest.market,
      machine_id: latest.machine_id,
      host_id: latest.host_id,
      gpu_name: latest.gpu_name,
      rentals: rows.length,
      failed: rows.filter(hasFailed).length,
      usd: rows.reduce((sum, row) => sum + (costOfRental(row, now).cost_usd ?? 0), 0),
      last_at: latest.intent_at,
      boot_s: median(rows.map(({ boot_s }) => boot_s)),
      promised_mbps: median(rows.map(({ promised_mbps }) => promised_mbps)),
      download_mbps: median(rows.map(({ download_mbps }) => download_mbps)),
      // Models differ in speed by far: of the one that ran there last.
      tokens_per_s: median(rows.map((row) => (row.model === model ? row.tokens_per_s : null))),
      model,
    },
  ];
}

const hasFailed = ({ failure_json }: RsRentalRow): boolean =>
  failure_json !== null && FAILED.has((JSON.parse(failure_json) as Failure).code);

function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const upper = known[Math.floor(known.length / 2)];
  const lower = known[Math.floor((known.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}
