import { eventIterator, type as typed } from '@orpc/contract';
import { z } from 'zod';
import {
  ARCHIVE_SORT_COLUMNS,
  type ArchiveFacets,
  type ArchivePage,
  type ArchivePreview,
  type ArchiveTargetInfo,
  type FindProgress,
  type ImportProgress,
  type JobArchiveState,
  type JournalEntry,
  type ListedPage,
  type ListingProgress,
  type OpenedResult,
  type OutboxEntry,
  type PushReport,
  type RecordDiff,
  type Verification,
  type VerifyProgress,
  type VerifyReport,
} from '#shared/model/archive.ts';
import type { SourceInfo } from '#shared/model/source.ts';
import { base } from './base.ts';
import { s3TargetSetting } from './settings.ts';
import type { TestReport } from './types.ts';

const target = z.string().min(1).max(64);
/** S3's limit in bytes; a character may take four. */
const key = z.string().min(1).max(1024);
const keys = z.array(key).min(1).max(100_000);
const jobId = z.string().min(1).max(128);
const oneOf = z.array(z.string().max(1024)).max(256).optional();
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'is no date like 2026-01-31');
const paging = {
  limit: z.number().int().min(1).max(1000).default(200),
  offset: z.number().int().min(0).default(0),
};
const object = z.strictObject({ target, key });

/** Of the local index. */
const archiveFilter = z.strictObject({
  target,
  tenant: oneOf,
  kind: oneOf,
  /** Both inclusive. */
  date_from: day.optional(),
  date_to: day.optional(),
  /** Part of the key, ignoring case. */
  text: z.string().max(256).optional(),
  /** `results` fit the key template, `other` do not. */
  shape: z.enum(['results', 'other']).optional(),
  only_new: z.boolean().optional(),
});
export type ArchiveFilter = z.infer<typeof archiveFilter>;

export const archiveQuery = archiveFilter.extend({
  sort: z
    .array(z.strictObject({ by: z.enum(ARCHIVE_SORT_COLUMNS), desc: z.boolean() }))
    .max(4)
    .default([{ by: 'date', desc: true }]),
  ...paging,
});
export type ArchiveQuery = z.infer<typeof archiveQuery>;

export const archiveContract = {
  targets: base.output(typed<readonly ArchiveTargetInfo[]>()),
  /** A target as it is, or as a form has it. */
  test: base
    .input(z.union([z.strictObject({ target }), z.strictObject({ setting: s3TargetSetting })]))
    .output(typed<TestReport>()),

  outbox: {
    list: base
      .input(z.strictObject({ target: target.optional(), ...paging }))
      .output(typed<{ readonly entries: readonly OutboxEntry[]; readonly total: number }>()),
    /** Tries again now: one entry, one target's, or all. */
    retry: base
      .input(z.strictObject({ target: target.optional(), id: z.number().int().optional() }))
      .output(typed<void>()),
    /** Gives these up; the local record stays. */
    drop: base
      .input(z.strictObject({ ids: z.array(z.number().int()).min(1).max(10_000) }))
      .output(typed<{ readonly dropped: number }>()),
    /** Delivers now and waits for it: one job's result, put into the outbox again where it is not delivered, or all that wait. */
    push: base.input(z.strictObject({ job_id: jobId.optional() })).output(typed<PushReport>()),
    /** Where the result of one job of the own store is. */
    job: base.input(z.strictObject({ job_id: jobId })).output(typed<readonly JobArchiveState[]>()),
  },

  /** Lists the target into the local index, or joins the listing that runs; ends when it ends. Stopping it stops the listing. */
  refresh: base.input(z.strictObject({ target })).output(eventIterator(typed<ListingProgress>())),
  /** What lies below a prefix (the target's own where none is given), straight from the target, page by page. */
  list: base
    .input(z.strictObject({ target, prefix: z.string().max(1024).optional() }))
    .output(eventIterator(typed<ListedPage>())),
  objects: base.input(archiveQuery).output(typed<ArchivePage>()),
  facets: base.input(archiveFilter).output(typed<ArchiveFacets>()),
  /** `max_requests` bounds the search outward from today. */
  find: base
    .input(
      z.strictObject({
        target,
        job_id: jobId,
        max_requests: z.number().int().min(0).max(10_000).default(400),
      }),
    )
    .output(eventIterator(typed<FindProgress>())),

  preview: base.input(object).output(typed<ArchivePreview>()),
  /** Reads and verifies a result and makes it a source; `archive:<target>:<key>` as a source does the same by itself. */
  open: base.input(object).output(typed<OpenedResult>()),
  /** The exact bytes. */
  download: base.input(object).output(typed<Blob>()),
  /** A zip with the exact bytes under their keys. */
  export: base.input(z.strictObject({ target, keys: keys.max(10_000) })).output(typed<Blob>()),
  presign: base
    .input(object.extend({ seconds: z.number().int().min(60).max(604_800).default(3600) }))
    .output(typed<{ readonly url: string; readonly expires_at: number }>()),
  diff: base.input(object).output(typed<RecordDiff>()),

  verify: {
    one: base.input(object).output(typed<Verification>()),
    /** These keys, or everything below a prefix. Stopping it ends it with an incomplete report. */
    many: base
      .input(
        z.union([z.strictObject({ target, keys }), z.strictObject({ target, prefix: z.string().max(1024) })]),
      )
      .output(eventIterator(typed<VerifyProgress>())),
    reports: base.output(typed<readonly Omit<VerifyReport, 'failed' | 'remarks'>[]>()),
    report: base.input(z.strictObject({ report_id: z.string().max(64) })).output(typed<VerifyReport>()),
  },

  import: {
    run: base.input(z.strictObject({ target, keys })).output(eventIterator(typed<ImportProgress>())),
    /** Removes every imported job; the archive is not touched. */
    clear: base.output(typed<SourceInfo>()),
  },
  journal: base
    .input(z.strictObject(paging))
    .output(typed<{ readonly entries: readonly JournalEntry[]; readonly total: number }>()),
};
