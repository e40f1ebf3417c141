import { randomUUID } from 'node:crypto';
import type { Clock } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import { CodedError, type Failure } from '#shared/model/failure.ts';
import { type EpochSeconds, toEpochSeconds } from '#shared/model/units.ts';
import { LABEL_PREFIX, type Ledger } from '../seams.ts';
import { createLedgerReader, type LedgerReader } from './ledger-reader.ts';
import { startOf } from './rental-cost.ts';
import { type RentalEvent, rentalAfter } from './rental-machine.ts';
import { type RsRentalRow, toRentalRow } from './rental-row.ts';

/** The ledger with what only reconciling and ending need of it. */
export interface StoreLedger extends Ledger, LedgerReader {
  destroyAccepted(rentalId: string, at: EpochSeconds): void;
  /** It was not seen gone in time. */
  notGone(rentalId: string): void;
  /** A second contract that bears the label of this one: a row of its own, which is to be destroyed. */
  twin(rentalId: string, contractId: number): RsRentalRow;
  /** No other bill will come. */
  settle(rentalId: string): void;
}

type Change = { readonly [K in keyof RsRentalRow]?: RsRentalRow[K] | undefined };

/** A market's clock may be wrong, and a start in another year must not make a bill. */
const BELIEVED_S = 3600;

export function createLedger(db: Db, clock: Clock, onChange: () => void = () => {}): StoreLedger {
  const now = (): EpochSeconds => toEpochSeconds(clock.nowUs());
  const reader = createLedgerReader(db, now);

  const committed = <T>(write: () => T): T => {
    const result = db.transaction(write).immediate();
    onChange();
    return result;
  };
  /** On the medium when it returns: a power cut must not forget what is about to be rented. */
  const durable = <T>(write: () => T): T => {
    if (db.inTransaction) return committed(write);
    const level = db.pragma('synchronous', { simple: true }) as number;
    db.pragma('synchronous = FULL');
    try {
      return committed(write);
    } finally {
      db.pragma(`synchronous = ${level}`);
    }
  };
  const known = (rentalId: string): RsRentalRow => {
    const row = reader.row(rentalId);
    if (row === null) throw new CodedError('rental.not_found', `The ledger has no rental ${rentalId}.`);
    return row;
  };
  const set = (rentalId: string, change: Change): void => {
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    if (given.length === 0) return;
    db.prepare(
      `UPDATE rs_rental SET ${given.map(([name]) => `${name} = @${name}`).join(', ')} WHERE rental_id = @id`,
    ).run({ ...Object.fromEntries(given), id: rentalId });
  };
  const step = (rentalId: string, event: RentalEvent, change: (row: RsRentalRow) => Change | null): void =>
    committed(() => {
      const row = known(rentalId);
      const state = rentalAfter(row.state, event);
      if (state === null) throw notAllowed(row, event);
      const changed = change(row);
      if (changed !== null) set(rentalId, { state, ...changed });
    });
  const use = (rentalId: string, jobId: string, from: EpochSeconds): void =>
    void db.prepare('INSERT OR REPLACE INTO rs_rental_use VALUES (?, ?, ?)').run(rentalId, jobId, from);

  const insert = (row: Readonly<Record<string, unknown>>): void => {
    const names = Object.keys(row);
    db.prepare(
      `INSERT INTO rs_rental (${names.join(', ')}) VALUES (${names.map((name) => `@${name}`).join(', ')})`,
    ).run(row);
  };

  return {
    ...reader,

    intend: ({ market, job_id, offer, disk_gb, account = null }) =>
      durable(() => {
        const rental_id = randomUUID();
        const intent_at = now();
        insert({
          rental_id,
          market,
          state: 'intent',
          job_id,
          label: `${LABEL_PREFIX}${job_id}.${reader.attempts(job_id) + 1}`,
          offer_id: offer.id,
          machine_id: offer.machine_id,
          host_id: offer.host_id,
          gpu_name: offer.gpu_name,
          num_gpus: offer.num_gpus,
          gpu_total_ram: offer.gpu_total_ram,
          reliability: offer.reliability,
          disk_gb,
          usd_hour: offer.dph_total,
          usd_gb_in: offer.inet_down_cost,
          usd_gb_out: offer.inet_up_cost,
          promised_mbps: offer.inet_down,
          intent_at,
          account,
        });
        use(rental_id, job_id, intent_at);
        return toRentalRow(known(rental_id), intent_at);
      }),

    created: (rentalId, contract_id) =>
      step(rentalId, 'created', (row) => {
        if (row.contract_id === contract_id) return null;
        if (row.contract_id !== null)
          throw new Error(`Rental ${rentalId} has contract ${row.contract_id}, and was told ${contract_id}.`);
        return {
          contract_id,
          ...(row.state === 'gone' || row.state === 'refused' ? reopened(now()) : {}),
        };
      }),

    refused: (rentalId, failure) =>
      step(rentalId, 'refused', (row) =>
        // It turned up while somebody waited for the answer.
        row.contract_id !== null || row.state === 'refused'
          ? null
          : {
              settled: 1,
              ended_at: now(),
              ended_because: row.ended_because ?? 'the market made no contract',
              failure_json: row.failure_json ?? JSON.stringify(bare(failure)),
            },
      ),

    running: (rentalId, startedAt) =>
      step(rentalId, 'running', (row) => ({
        started_at:
          row.started_at ??
          (startedAt !== null && startedAt >= row.intent_at - BELIEVED_S && startedAt <= now() + BELIEVED_S
            ? startedAt
            : null),
        seen_at: now(),
      })),

    ready: (rentalId, backend_url) =>
      step(rentalId, 'ready', (row) => ({ backend_url, ready_at: row.ready_at ?? now(), seen_at: now() })),

    delivered: (rentalId, { gb_in = 0, ...part }) =>
      committed(() => {
        const row = known(rentalId);
        set(rentalId, { ...part, gb_in: row.gb_in + gb_in });
      }),

    keep: (rentalId, keep_until) =>
      step(rentalId, 'keep', (row) => ({
        keep_until,
        ...(row.state === 'running' ? givenBack(db, row) : {}),
      })),

    claim: (market, jobId, suits) =>
      committed(() => {
        const at = now();
        const found = reader
          .openRows(market)
          .find((row) => row.state === 'kept' && (row.keep_until ?? 0) > at && suits(toRentalRow(row, at)));
        if (found === undefined) return null;
        set(found.rental_id, { state: 'running', job_id: jobId });
        use(found.rental_id, jobId, at);
        return toRentalRow(known(found.rental_id), at);
      }),

    closing: (rentalId, because, failure) =>
      step(rentalId, 'closing', (row) => {
        if (row.state === 'closing') return null;
        return {
          ...reopened(now()),
          keep_until: null,
          ended_because: because,
          failure_json: failure === undefined ? row.failure_json : JSON.stringify(bare(failure)),
        };
      }),

    seen: (rentalId, at, account) =>
      committed(() =>
        set(rentalId, {
          seen_at: Math.max(known(rentalId).seen_at ?? 0, at),
          account: account ?? undefined,
        }),
      ),

    gone: (rentalId, endedAt, verified_at) =>
      step(rentalId, 'gone', (row) => ({
        ended_at: Math.max(startOf(row), endedAt),
        verified_at,
        keep_until: null,
        tries: 0,
        ...(row.contract_id === null ? { settled: 1 } : {}),
      })),

    billed: (rentalId, { usd, until }, settled) =>
      committed(() => {
        const row = known(rentalId);
        const isSame = row.billed_usd === usd && row.billed_until === until;
        set(rentalId, {
          billed_usd: usd,
          billed_until: until,
          bill_since: isSame ? row.bill_since : now(),
          settled: settled ? 1 : 0,
          // The market knows better than we when it ended what vanished; not that it was there after we saw it absent.
          ...(settled && row.state === 'gone' && row.verified_at !== null
            ? { ended_at: Math.max(startOf(row), Math.min(until, row.verified_at)) }
            : {}),
        });
      }),

    destroyAccepted: (rentalId, destroy_at) => committed(() => set(rentalId, { destroy_at })),
    notGone: (rentalId) =>
      committed(() => {
        const row = known(rentalId);
        if (row.state === 'closing') set(rentalId, { tries: row.tries + 1 });
      }),
    twin: (rentalId, contract_id) =>
      durable(() => {
        const { seq: _, ...row } = known(rentalId);
        const at = now();
        const rental_id = randomUUID();
        insert({
          ...row,
          ...NOTHING_HAPPENED,
          rental_id,
          contract_id,
          state: 'closing',
          closing_at: at,
          ended_because: 'the market made it twice',
        });
        use(rental_id, reader.usesOf(rentalId)[0]?.job_id ?? row.job_id, row.intent_at);
        return known(rental_id);
      }),
    settle: (rentalId) => committed(() => set(rentalId, { settled: 1 })),
  };
}

/** It is there, or may be: what was said of its end holds no longer. */
const reopened = (closing_at: EpochSeconds): Change => ({
  closing_at,
  destroy_at: null,
  ended_at: null,
  verified_at: null,
  settled: 0,
});

const NOTHING_HAPPENED: Change = {
  ...reopened(0),
  tries: 0,
  backend_url: null,
  started_at: null,
  ready_at: null,
  seen_at: null,
  keep_until: null,
  gb_in: 0,
  gb_out: 0,
  billed_usd: null,
  billed_until: null,
  bill_since: null,
  boot_s: null,
  download_mbps: null,
  tokens_per_s: null,
  model: null,
  failure_json: null,
};

/** A job that claimed it and could not use it owes nothing for it. */
function givenBack(db: Db, { rental_id }: RsRentalRow): Change {
  const uses = db
    .prepare('SELECT job_id, from_at FROM rs_rental_use WHERE rental_id = ? ORDER BY from_at DESC LIMIT 2')
    .all(rental_id) as { readonly job_id: string; readonly from_at: EpochSeconds }[];
  const [latest, before] = uses;
  if (latest === undefined || before === undefined) return {};
  db.prepare('DELETE FROM rs_rental_use WHERE rental_id = ? AND from_at = ?').run(rental_id, latest.from_at);
  return { job_id: before.job_id };
}

/** Of an error, what a failure is. */
const bare = ({ code, message, detail, retryable }: Failure): Failure => ({
  code,
  message,
  ...(detail === undefined ? {} : { detail }),
  ...(retryable === undefined ? {} : { retryable }),
});

/** Somebody destroyed it under the job that uses it; every other step out of turn is a bug. */
const notAllowed = ({ rental_id, state, ended_because }: RsRentalRow, event: RentalEvent): Error =>
  state === 'closing' || state === 'gone'
    ? new CodedError(
        'provider.instance_failed',
        `The rented machine is gone or about to be: ${ended_because ?? 'it was destroyed'}.`,
      )
    : new Error(`Rental ${rental_id} is ${state}: ${event} cannot follow.`);
