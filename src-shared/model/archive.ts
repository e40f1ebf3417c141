import type { Failure, FailureCode } from './failure.ts';
import type { Json, JsonObject } from './job.ts';
import type { SourceId } from './source.ts';
import type { Bytes, EpochSeconds, Milliseconds } from './units.ts';

/** An archive target and how it is doing. */
export interface ArchiveTargetInfo {
  /** `folder`, `env` (found in the environment), or the id of a setting. */
  readonly target: string;
  /** `missing`: results wait for a target that is no longer configured. */
  readonly kind: 'folder' | 's3' | 'missing';
  readonly title: string;
  /** `s3://bucket/results/ at http://host:8333`, or the folder's path. */
  readonly place: string;
  readonly prefix: string;
  readonly from: 'builtin' | 'settings' | 'environment';
  /** Results of ended jobs are delivered here; one that only reads can be browsed. */
  readonly delivers: boolean;
  readonly presigns: boolean;
  readonly versions: boolean;
  readonly pending: number;
  /** Of `pending`: refused for what they are, so that waiting will not help. */
  readonly refused: number;
  readonly delivered: number;
  /** Set while the target as a whole fails. */
  readonly down: { readonly failure: Failure; readonly next_attempt_at: EpochSeconds } | null;
}

/** A result on its way to a target. */
export interface OutboxEntry {
  readonly id: number;
  readonly job_id: string;
  readonly target: string;
  readonly key: string;
  readonly size_bytes: Bytes;
  readonly sha256: string;
  readonly created_at: EpochSeconds;
  readonly attempts: number;
  readonly next_attempt_at: EpochSeconds;
  readonly last_error: Failure | null;
  /** For what it is, so that waiting will not help; it is tried again all the same. */
  readonly refused: boolean;
}

export interface PushReport {
  readonly delivered: number;
  readonly pending: number;
  readonly failed: readonly ({
    readonly job_id: string;
    readonly target: string;
    readonly key: string;
  } & Failure)[];
}

/** Where one job's result is: delivered to, or waiting for, each target. */
export interface JobArchiveState {
  readonly target: string;
  readonly key: string;
  readonly sha256: string;
  readonly delivered_at: EpochSeconds | null;
  readonly last_error: Failure | null;
  /** How often it was tried in vain while it waits; 0 once it is delivered. */
  readonly attempts: number;
}

/** One object as a listing names it. */
export interface ListedObject {
  readonly key: string;
  readonly size_bytes: Bytes;
  readonly last_modified: EpochSeconds;
  /** As the target gives it, without quotes; null where there is none (a folder). */
  readonly etag: string | null;
}

/** One key of the local index. A key that does not fit the template has no tenant, kind, date and job id. */
export interface ArchivedObject extends ListedObject {
  readonly tenant: string | null;
  readonly kind: string | null;
  /** YYYY-MM-DD, from the key. */
  readonly date: string | null;
  readonly job_id: string | null;
  /** First seen by the last listing. */
  readonly is_new: boolean;
}

/** A page of a listing straight from the target. */
export interface ListedPage {
  readonly keys: readonly ListedObject[];
  /** True on the last page of a listing that reached its end. */
  readonly complete: boolean;
}

/** What the local index holds of a target; every answer from it carries this. */
export interface ListingState {
  readonly loaded: number;
  /** The last listing reached the end: what is loaded is everything there was then. */
  readonly complete: boolean;
  /** When the last complete listing ended; null before the first. */
  readonly listed_at: EpochSeconds | null;
  readonly new_count: number;
  /** Requests of the listing that runs or ran last. */
  readonly requests: number;
  readonly running: boolean;
}

export interface ListingProgress extends ListingState {
  /** Keys of the index that this listing no longer found; they leave it when the listing is complete. */
  readonly gone: number;
  readonly ms: Milliseconds;
  /** Set at its end when it could not go on; what was loaded stays, and the next listing resumes. */
  readonly failure: Failure | null;
  readonly done: boolean;
}

export const ARCHIVE_SORT_COLUMNS = [
  'key',
  'date',
  'tenant',
  'kind',
  'job_id',
  'size_bytes',
  'last_modified',
] as const;
export type ArchiveSortColumn = (typeof ARCHIVE_SORT_COLUMNS)[number];

export interface ArchivePage {
  readonly objects: readonly ArchivedObject[];
  readonly total: number;
  readonly state: ListingState;
}

export interface ArchiveFacets {
  readonly tenants: readonly { readonly value: string; readonly count: number }[];
  readonly kinds: readonly { readonly value: string; readonly count: number }[];
  /** Ascending by date; only days that have results. */
  readonly days: readonly { readonly date: string; readonly count: number; readonly size_bytes: Bytes }[];
  /** Keys that do not fit the template. */
  readonly other: number;
  readonly state: ListingState;
}

/** A search by job id: the index first, then day by day outward from today. */
export interface FindProgress {
  readonly requests: number;
  /** How many requests it takes at most. */
  readonly planned: number;
  /** The day looked at last. */
  readonly date: string | null;
  readonly found: ListedObject | null;
  readonly from_index: boolean;
  readonly done: boolean;
}

/** What can be said of a result before its body was read whole. Nothing here is verified. */
export interface ArchivePreview {
  readonly key: string;
  readonly size_bytes: Bytes;
  readonly last_modified: EpochSeconds;
  readonly etag: string | null;
  /** Top-level members other than spans and events, as far as the parts that were read hold them. */
  readonly members: JsonObject;
  /** False: the body was small and is in `members` whole. */
  readonly partial: boolean;
}

export type CheckName =
  | 'read'
  | 'json'
  | 'schema'
  | 'hash'
  | 'checksum'
  | 'etag'
  | 'key'
  | 'times'
  | 'listing'
  | 'versions'
  | 'lock'
  | 'local';

export interface Check {
  readonly name: CheckName;
  /** Null: nothing to check with, or only worth knowing. */
  readonly ok: boolean | null;
  readonly code: FailureCode | null;
  readonly message: string;
}

/** What was found about one object. `unsealed`: well-formed, but it carries no hash that could speak for it. */
export interface Verification {
  readonly key: string;
  readonly verdict: 'unchanged' | 'unsealed' | 'failed';
  readonly checked_at: EpochSeconds;
  readonly size_bytes: Bytes | null;
  /** Of the bytes that were read; null when they could not be. */
  readonly bytes_sha256: string | null;
  /** As the record carries it. */
  readonly recorded_sha256: string | null;
  readonly checks: readonly Check[];
}

/** An archived result opened as a source of one job. */
export interface OpenedResult {
  readonly source: SourceId;
  readonly job_id: string;
  readonly target: string;
  readonly key: string;
  /** `s3://bucket/key`, or the file's path. */
  readonly uri: string;
  readonly last_modified: EpochSeconds;
  readonly verification: Verification;
}

export interface VerifyReport {
  readonly report_id: string;
  readonly target: string;
  readonly place: string;
  /** In words: the prefix, or "3 selected results". */
  readonly scope: string;
  readonly started_at: EpochSeconds;
  readonly finished_at: EpochSeconds;
  readonly app_version: string;
  readonly verified: number;
  readonly unsealed: number;
  readonly bytes: Bytes;
  readonly requests: number;
  /** False: it was stopped, or the listing did not reach its end. */
  readonly complete: boolean;
  readonly failed: readonly { readonly key: string; readonly code: FailureCode; readonly message: string }[];
  /** What is no failure but an auditor would want to know (no hash, several versions). At most 1,000. */
  readonly remarks: readonly { readonly key: string; readonly message: string }[];
}

export interface VerifyProgress {
  readonly done: number;
  /** Null while the prefix is still being listed. */
  readonly total: number | null;
  readonly bytes: Bytes;
  readonly failed: number;
  readonly ms: Milliseconds;
  /** At its end. */
  readonly report: VerifyReport | null;
}

export interface ImportProgress {
  readonly done: number;
  readonly total: number;
  readonly imported: number;
  /** Jobs that were imported before. */
  readonly known: number;
  /** The first 1,000; what is done and neither imported nor known failed. */
  readonly failed: readonly ({ readonly key: string } & Pick<Failure, 'code' | 'message'>)[];
  /** Where they are now; set at the end. */
  readonly source: SourceId | null;
}

export interface RecordDifference {
  /** RFC 6901 pointer into the record. */
  readonly pointer: string;
  /** Undefined: that side has no such member. */
  readonly archived?: Json | undefined;
  readonly local?: Json | undefined;
}

export interface RecordDiff {
  /** False: this computer does not know the job. */
  readonly has_local: boolean;
  /** At most 1,000. */
  readonly differences: readonly RecordDifference[];
  readonly total: number;
}

/** What was opened when, and with which hash. */
export interface JournalEntry {
  readonly id: number;
  readonly at: EpochSeconds;
  readonly action: 'open' | 'download' | 'verify' | 'export' | 'import' | 'presign';
  readonly place: string;
  readonly key: string;
  readonly size_bytes: Bytes | null;
  readonly bytes_sha256: string | null;
  readonly verdict: Verification['verdict'] | null;
}
