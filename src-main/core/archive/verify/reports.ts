import type { Db } from '#core/store/database.ts';
import type { VerifyReport } from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';

/** The newest ones; older reports can still be asked for by id. */
const MAX_LISTED = 1000;

export function storeReport(db: Db, report: VerifyReport): void {
  db.prepare('INSERT INTO rs_archive_report (id, at, report_json) VALUES (?, ?, ?)').run(
    report.report_id,
    report.finished_at,
    JSON.stringify(report),
  );
}

/** Newest first. */
export const reports = (db: Db): readonly Omit<VerifyReport, 'failed' | 'remarks'>[] =>
  db
    .prepare<[number], string>(
      `SELECT json_remove(report_json, '$.failed', '$.remarks') FROM rs_archive_report
        ORDER BY at DESC, id LIMIT ?`,
    )
    .pluck()
    .all(MAX_LISTED)
    .map((text) => JSON.parse(text) as Omit<VerifyReport, 'failed' | 'remarks'>);

/** Throws `archive.not_found`. */
export function report(db: Db, id: string): VerifyReport {
  const text = db
    .prepare<[string], string>('SELECT report_json FROM rs_archive_report WHERE id = ?')
    .pluck()
    .get(id);
  if (text === undefined)
    throw new CodedError('archive.not_found', `There is no verification report ${id} on this computer.`);
  return JSON.parse(text) as VerifyReport;
}
