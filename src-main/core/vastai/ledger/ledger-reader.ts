import type { Db } from '#core/store/database.ts';
import type { Market } from '#shared/model/offers.ts';
import type { Rental } from '#shared/model/rentals.ts';
import type { EpochSeconds, Usd } from '#shared/model/units.ts';
import { LABEL_PREFIX, type Ledger, type RentalRow } from '../seams.ts';
import { machineRecords } from './machine-records.ts';
import { costOfRental, shareOf, startOf, type Use } from './rental-cost.ts';
import { type RsRentalRow, toRental, toRentalRow } from './rental-row.ts';

const OPEN = "state NOT IN ('gone', 'refused')";
/** Refusals that leave no doubt: nothing has to be looked for. Where something is found all the same, it is ended. */
const CLEARLY = "'vastai.offer_taken', 'vastai.invalid_args', 'vastai.bad_key'";

export interface LedgerReader
  extends Pick<
    Ledger,
    'get' | 'byContract' | 'byLabel' | 'open' | 'unsettled' | 'list' | 'machines' | 'costOf'
  > {
  row(rentalId: string): RsRentalRow | null;
  rowOfContract(market: Market, contractId: number): RsRentalRow | null;
  rowOfLabel(market: Market, label: string): RsRentalRow | null;
  openRows(market: Market): readonly RsRentalRow[];
  /** Everything whose bill may still change: open ones and ended ones, with a contract. */
  billable(market: Market): readonly RsRentalRow[];
  /** Attempts since then that came to nothing, without the market saying so clearly. */
  refusedSince(market: Market, since: EpochSeconds): readonly RsRentalRow[];
  usesOf(rentalId: string): readonly Use[];
  /** How often this job has intended to rent. */
  attempts(jobId: string): number;
  /** What there is to look after. */
  agenda(market: Market, refusedSince: EpochSeconds): Agenda;
  /** What is rented now, of one market or of all. */
  totals(market?: Market): { readonly running: number; readonly usd_hour: Usd };
  /** Not seen gone in time, although it should be. */
  overdue(market?: Market): readonly RsRentalRow[];
}

export interface Agenda {
  readonly open: number;
  readonly closing: readonly string[];
  readonly unsettled: number;
  /** Attempts that may turn out to have made something all the same. */
  readonly refused: number;
  readonly keep_until: EpochSeconds | null;
}

export function createLedgerReader(db: Db, now: () => EpochSeconds): LedgerReader {
  const byId = db.prepare('SELECT * FROM rs_rental WHERE rental_id = ?');
  // The same number may come again from a market that was begun anew: what is open, then the newest.
  const byContract = db.prepare(
    `SELECT * FROM rs_rental WHERE market = ? AND contract_id = ? ORDER BY ${OPEN} DESC, seq DESC LIMIT 1`,
  );
  const byLabel = db.prepare('SELECT * FROM rs_rental WHERE label = ? AND market = ? ORDER BY seq LIMIT 1');
  const open = db.prepare(`SELECT * FROM rs_rental WHERE ${OPEN} AND market = ? ORDER BY seq`);
  const allOpen = db.prepare(`SELECT * FROM rs_rental WHERE ${OPEN} ORDER BY seq`);
  const unsettled = db.prepare(
    "SELECT * FROM rs_rental WHERE settled = 0 AND state = 'gone' AND market = ? ORDER BY seq",
  );
  const billable = db.prepare(
    'SELECT * FROM rs_rental WHERE settled = 0 AND contract_id IS NOT NULL AND market = ? ORDER BY seq',
  );
  const uses = db.prepare('SELECT job_id, from_at FROM rs_rental_use WHERE rental_id = ? ORDER BY from_at');
  const rentalsOf = db.prepare(
    'SELECT * FROM rs_rental WHERE rental_id IN (SELECT rental_id FROM rs_rental_use WHERE job_id = ?)',
  );
  // "/" follows "." : all labels that begin with this job's mark.
  const attempts = db
    .prepare('SELECT count(DISTINCT label) FROM rs_rental WHERE label > ? AND label < ?')
    .pluck();
  const states = db.prepare(
    `SELECT rental_id, state, keep_until FROM rs_rental WHERE ${OPEN} AND market = ?`,
  );
  const unsettledCount = db
    .prepare("SELECT count(*) FROM rs_rental WHERE settled = 0 AND state = 'gone' AND market = ?")
    .pluck();
  const refused = db.prepare(
    `SELECT * FROM rs_rental WHERE state = 'refused' AND intent_at >= ? AND market = ?
AND json_extract(failure_json, '$.code') NOT IN (${CLEARLY})`,
  );
  const one = (value: unknown): RsRentalRow | null => (value as RsRentalRow | undefined) ?? null;
  const all = (values: unknown): readonly RsRentalRow[] => values as RsRentalRow[];
  const told = (row: RsRentalRow | null): RentalRow | null => (row === null ? null : toRentalRow(row, now()));
  const ofMarket = (market: Market | undefined): string =>
    market === undefined ? '' : 'AND market = @market';

  const reader: LedgerReader = {
    row: (rentalId) => one(byId.get(rentalId)),
    rowOfContract: (market, contractId) => one(byContract.get(market, contractId)),
    rowOfLabel: (market, label) => one(byLabel.get(label, market)),
    openRows: (market) => all(open.all(market)),
    billable: (market) => all(billable.all(market)),
    refusedSince: (market, since) => all(refused.all(since, market)),
    usesOf: (rentalId) => uses.all(rentalId) as Use[],
    attempts: (jobId) => attempts.get(`${LABEL_PREFIX}${jobId}.`, `${LABEL_PREFIX}${jobId}/`) as number,

    agenda(market, refusedSince) {
      const rows = states.all(market) as Pick<RsRentalRow, 'rental_id' | 'state' | 'keep_until'>[];
      const kept = rows.flatMap(({ state, keep_until }) => (state === 'kept' ? [keep_until ?? 0] : []));
      return {
        open: rows.length,
        closing: rows.flatMap(({ rental_id, state }) => (state === 'closing' ? [rental_id] : [])),
        unsettled: unsettledCount.get(market) as number,
        refused: reader.refusedSince(market, refusedSince).length,
        keep_until: kept.length === 0 ? null : Math.min(...kept),
      };
    },
    totals: (market) =>
      db
        .prepare(
          `SELECT count(*) AS running, coalesce(sum(usd_hour), 0) AS usd_hour FROM rs_rental
WHERE ${OPEN} AND contract_id IS NOT NULL ${ofMarket(market)}`,
        )
        .get({ market }) as { running: number; usd_hour: Usd },
    overdue: (market) =>
      all(
        db
          .prepare(
            `SELECT * FROM rs_rental WHERE ${OPEN} AND state = 'closing' AND tries > 0
AND contract_id IS NOT NULL ${ofMarket(market)} ORDER BY seq`,
          )
          .all({ market }),
      ),

    get: (rentalId) => told(reader.row(rentalId)),
    byContract: (market, contractId) => told(reader.rowOfContract(market, contractId)),
    byLabel: (market, label) => told(reader.rowOfLabel(market, label)),
    open: () => all(allOpen.all()).map((row) => toRentalRow(row, now())),
    unsettled: (market) => all(unsettled.all(market)).map((row) => toRentalRow(row, now())),

    list({ limit, offset, open: isOpen, job_id }) {
      const where = [
        isOpen ? OPEN : 'true',
        job_id === undefined
          ? 'true'
          : 'rental_id IN (SELECT rental_id FROM rs_rental_use WHERE job_id = @job_id)',
      ].join(' AND ');
      const rows = db
        .prepare(`SELECT * FROM rs_rental WHERE ${where} ORDER BY seq DESC LIMIT @limit OFFSET @offset`)
        .all({ job_id, limit, offset });
      const total = db.prepare(`SELECT count(*) FROM rs_rental WHERE ${where}`).pluck().get({ job_id });
      const at = now();
      return { rentals: all(rows).map((row): Rental => toRental(row, at)), total: total as number };
    },

    machines: () => machineRecords(db, now()),

    costOf(jobId, at) {
      const rows = all(rentalsOf.all(jobId));
      if (rows.length === 0) return null;
      return rows.reduce((sum, row) => {
        const { cost_usd } = costOfRental(row, at);
        const share = shareOf(jobId, reader.usesOf(row.rental_id), startOf(row), row.ended_at ?? at);
        return sum + (cost_usd ?? 0) * share;
      }, 0);
    },
  };
  return reader;
}
