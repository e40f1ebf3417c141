import type { Clock, Logger } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import type {
  ArchivePreview,
  ImportProgress,
  JournalEntry,
  ListedObject,
  OpenedResult,
  RecordDiff,
  Verification,
  VerifyProgress,
  VerifyReport,
} from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { JsonObject } from '#shared/model/job.ts';
import {
  archivedParts,
  archivedSource,
  IMPORTED,
  type SourceId,
  type SourceInfo,
} from '#shared/model/source.ts';
import { type EpochSeconds, type Seconds, toEpochSeconds } from '#shared/model/units.ts';
import { sha256Hex } from '../record/canonical.ts';
import { MAX_RESULT_BYTES, type ReadRecord } from '../record/read-record.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import { diffRecords } from '../verify/diff.ts';
import { report, reports } from '../verify/reports.ts';
import { type Verified, verifyObject } from '../verify/verify.ts';
import { verifyMany } from '../verify/verify-many.ts';
import { exportZip } from './export.ts';
import { importResults } from './import.ts';
import { appendToJournal, readJournal } from './journal.ts';
import { preview } from './preview.ts';
import { provenance, uriOf } from './provenance.ts';
import { createRecent } from './recent.ts';

/** An archived result on its way to become a source. */
export interface ArchivedJob {
  readonly source: SourceId;
  readonly uri: string;
  readonly record: ReadRecord;
  /** Of the bytes that were read. */
  readonly bytes_sha256: string | null;
  /** Where it comes from, what verifying it found, and what was mapped, in sentences. */
  readonly notes: readonly string[];
}

/** Where imported results are kept. */
export interface ImportedResults {
  /** `known`: the same result was added before. Throws `archive.conflict` when another has its job id, and `store.*`. */
  add(job: ArchivedJob): 'imported' | 'known';
  clear(): SourceInfo;
  close(): void;
}

/** Makes sources of results; `S` is a job source, which lies in a layer above. */
export interface ResultSources<S> {
  archived(job: ArchivedJob): S;
  /** It was read again: a source of it that is open shows from now on what was found this time. */
  reopened(job: ArchivedJob): void;
  /** Of the results in `results`. */
  imported(): S;
  readonly results: ImportedResults;
}

export interface ReaderDeps<S> {
  /** `get` throws `archive.target_unknown`. */
  readonly targets: { get(name: string): ArchiveTarget };
  /** archive.db */
  readonly db: Db;
  readonly clock: Clock;
  readonly appVersion: string;
  readonly logger: Logger;
  readonly sources: ResultSources<S>;
  /** From the local index, without a request. */
  readonly listed: (target: string, key: string) => ListedObject | null;
  /** The record that this computer would write of a job; null when it does not know it. */
  readonly localRecord: (tenant: string, jobId: string) => JsonObject | null;
}

export interface Reader<S = unknown> {
  /** What the beginning and the end of a result say; nothing is verified. */
  preview(target: string, key: string, signal?: AbortSignal): Promise<ArchivePreview>;
  /** Reads and verifies it now. Throws `archive.*` where it cannot be read or is no result. */
  open(target: string, key: string, signal?: AbortSignal): Promise<OpenedResult>;
  /** `archive:<target>:<key>` and `imported` as sources; null for every other id. */
  sourceFor(id: SourceId): Promise<S> | null;
  download(target: string, key: string, signal?: AbortSignal): Promise<Blob>;
  verifyOne(target: string, key: string, signal?: AbortSignal): Promise<Verification>;
  verifyMany(
    scope: { readonly target: string } & ({ readonly keys: readonly string[] } | { readonly prefix: string }),
    signal?: AbortSignal,
  ): AsyncGenerator<VerifyProgress, void>;
  reports(): readonly Omit<VerifyReport, 'failed' | 'remarks'>[];
  report(id: string): VerifyReport;
  export(target: string, keys: readonly string[], signal?: AbortSignal): Promise<Blob>;
  import(target: string, keys: readonly string[], signal?: AbortSignal): AsyncGenerator<ImportProgress, void>;
  clearImported(): SourceInfo;
  presign(
    target: string,
    key: string,
    seconds: Seconds,
  ): Promise<{ readonly url: string; readonly expires_at: EpochSeconds }>;
  diff(target: string, key: string, signal?: AbortSignal): Promise<RecordDiff>;
  journal(paging: { readonly limit: number; readonly offset: number }): {
    readonly entries: readonly JournalEntry[];
    readonly total: number;
  };
  close(): void;
}

/** Everything that reads archived results. It never writes to a target. */
export function createReader<S>(deps: ReaderDeps<S>): Reader<S> {
  const { targets, db, clock, appVersion, logger, sources, listed } = deps;
  const now = (): EpochSeconds => toEpochSeconds(clock.nowUs());
  const recent = createRecent<Found>();

  const warn = (thrown: unknown): void =>
    logger.log({
      level: 'warn',
      event: 'archive.journal',
      message: `The journal could not be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    });
  const note = (
    action: JournalEntry['action'],
    target: ArchiveTarget,
    key: string,
    about: Partial<Pick<JournalEntry, 'size_bytes' | 'bytes_sha256' | 'verdict'>>,
  ): void => {
    const entry = { size_bytes: null, bytes_sha256: null, verdict: null, ...about };
    try {
      appendToJournal(db, [{ at: now(), action, place: target.place, key, ...entry }]);
    } catch (thrown) {
      warn(thrown);
    }
  };
  const noteVerified = (action: JournalEntry['action'], target: ArchiveTarget, { verification }: Verified) =>
    note(action, target, verification.key, verification);

  const localRecord: ReaderDeps<S>['localRecord'] = (tenant, jobId) => {
    try {
      return deps.localRecord(tenant, jobId);
    } catch (thrown) {
      if (thrown instanceof CodedError) return null;
      throw thrown;
    }
  };
  const verify = (target: ArchiveTarget, key: string, signal?: AbortSignal): Promise<Verified> =>
    verifyObject({
      target,
      key,
      now: now(),
      listed: listed(target.name, key),
      local: ({ tenant_id, job_id }) => localRecord(tenant_id, job_id),
      signal,
    });

  const openNow = async (name: string, key: string, signal?: AbortSignal): Promise<Found> => {
    const target = targets.get(name);
    const verified = await verify(target, key, signal);
    noteVerified('open', target, verified);
    const { record, head, verification, failure } = verified;
    if (failure !== null) throw failure;
    if (record === null || head === null)
      throw new CodedError('archive.not_a_result', `${key} could not be read as a result.`);
    const source = archivedSource(name, key);
    const uri = uriOf(target, key);
    const opened: OpenedResult = {
      source,
      job_id: record.view.job_id,
      target: name,
      key,
      uri,
      last_modified: head.last_modified,
      verification,
    };
    const { bytes_sha256 } = verification;
    return {
      opened,
      job: { source, uri, record, bytes_sha256, notes: provenance(uri, verification, record) },
    };
  };
  const open = async (name: string, key: string, signal?: AbortSignal): Promise<Found> => {
    const found = await openNow(name, key, signal);
    sources.reopened(found.job);
    recent.keep(found.opened.source, found, found.opened.verification.size_bytes ?? 0);
    return found;
  };

  return {
    preview: (name, key, signal) => preview(targets.get(name), key, signal),
    open: async (name, key, signal) => (await open(name, key, signal)).opened,
    sourceFor: (id) => {
      if (id === IMPORTED) return Promise.resolve(sources.imported());
      const parts = archivedParts(id);
      if (parts === null) return null;
      const found = recent.get(id);
      const opening = found === null ? open(parts.target, parts.key) : Promise.resolve(found);
      return opening.then(({ job }) => sources.archived(job));
    },
    download: async (name, key, signal) => {
      const target = targets.get(name);
      const { head, bytes } = await target.get(key, { maxBytes: MAX_RESULT_BYTES, signal });
      note('download', target, key, { size_bytes: bytes.length, bytes_sha256: sha256Hex(bytes) });
      return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: head.content_type ?? 'application/json' });
    },
    verifyOne: async (name, key, signal) => {
      const target = targets.get(name);
      const verified = await verify(target, key, signal);
      noteVerified('verify', target, verified);
      return verified.verification;
    },
    verifyMany: ({ target: name, ...scope }, signal) =>
      verifyMany({
        target: targets.get(name),
        scope,
        db,
        now,
        appVersion,
        listed: (key) => listed(name, key),
        onJournalFailure: warn,
        signal,
      }),
    reports: () => reports(db),
    report: (id) => report(db, id),
    export: (name, keys, signal) => {
      const target = targets.get(name);
      return exportZip({
        target,
        keys,
        now: now(),
        appVersion,
        listed: (key) => listed(name, key),
        onRead: (key, bytes, sha256) =>
          note('export', target, key, { size_bytes: bytes.length, bytes_sha256: sha256 }),
        signal,
      });
    },
    import: (name, keys, signal) => {
      const target = targets.get(name);
      return importResults({
        target,
        keys,
        now,
        into: sources.results,
        listed: (key) => listed(name, key),
        onRead: (verified) => noteVerified('import', target, verified),
        signal,
      });
    },
    clearImported: () => sources.results.clear(),
    presign: async (name, key, seconds) => {
      const target = targets.get(name);
      if (target.presign === null)
        throw new CodedError(
          'archive.unsupported',
          `${target.title} gives no links. Copy the path, or download the result.`,
        );
      const expires_at = now() + seconds;
      const url = await target.presign(key, seconds);
      note('presign', target, key, {});
      return { url, expires_at };
    },
    diff: async (name, key, signal) => {
      const { job } = recent.get(archivedSource(name, key)) ?? (await open(name, key, signal));
      const { record, view } = job.record;
      return diffRecords(record, localRecord(view.tenant_id, view.job_id));
    },
    journal: (paging) => readJournal(db, paging),
    close: () => sources.results.close(),
  };
}

interface Found {
  readonly opened: OpenedResult;
  readonly job: ArchivedJob;
}
