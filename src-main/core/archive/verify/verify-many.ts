import { randomUUID } from 'node:crypto';
import type { Db } from '#core/store/database.ts';
import type { JournalEntry, ListedObject, VerifyProgress, VerifyReport } from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Bytes, EpochSeconds, Milliseconds } from '#shared/model/units.ts';
import { appendToJournal } from '../read/journal.ts';
import { listPages } from '../targets/list-pages.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import { runPool, whileRunning } from './pool.ts';
import { storeReport } from './reports.ts';
import { verifyObject } from './verify.ts';

export type VerifyScope = { readonly keys: readonly string[] } | { readonly prefix: string };

export interface VerifyManyRequest {
  readonly target: ArchiveTarget;
  readonly scope: VerifyScope;
  readonly db: Db;
  readonly now: () => EpochSeconds;
  readonly appVersion: string;
  /** From the local index; null: not there. */
  readonly listed: (key: string) => ListedObject | null;
  readonly onJournalFailure: (thrown: unknown) => void;
  readonly signal?: AbortSignal | undefined;
}

const CONCURRENCY = 8;
/** Of bodies in memory; each is parsed into several times that. */
const BUDGET: Bytes = 64 * 1024 * 1024;
const PROGRESS_MS: Milliseconds = 100;
const MAX_REMARKS = 1000;
/** So many objects in a row that cannot be reached are a target that is gone, not objects that fail. */
const GONE_AFTER = 24;

interface Item {
  readonly key: string;
  readonly listed: ListedObject | null;
}

/** Verifies keys, or all below a prefix; its last progress holds the report, which is kept also when it was stopped. */
export async function* verifyMany(request: VerifyManyRequest): AsyncGenerator<VerifyProgress, void> {
  const { target, scope, db, now, signal } = request;
  const stop = new AbortController();
  const stopped = AbortSignal.any([stop.signal, ...(signal === undefined ? [] : [signal])]);
  const run = new Run(request, stopped);
  const requestsBefore = target.requests();
  const startedAt = now();
  const began = performance.now();
  const progress = (report: VerifyReport | null): VerifyProgress => ({
    done: run.done,
    total: run.total,
    bytes: run.bytes,
    failed: run.failed.length,
    ms: performance.now() - began,
    report,
  });
  const finish = (): VerifyReport => {
    const report: VerifyReport = {
      report_id: randomUUID(),
      target: target.name,
      place: target.place,
      scope: scopeInWords(scope, target),
      started_at: startedAt,
      finished_at: now(),
      app_version: request.appVersion,
      verified: run.verified,
      unsealed: run.unsealed,
      bytes: run.bytes,
      requests: target.requests() - requestsBefore,
      complete: run.complete,
      failed: run.failed,
      remarks: run.remarks,
    };
    try {
      storeReport(db, report);
      return report;
    } catch (thrown) {
      // What was found is worth more than the copy of it: a full disk must not cost an hour's verification.
      request.onJournalFailure(thrown);
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      const message = `This report could not be kept on this computer (${why}). Save it from here.`;
      return { ...report, remarks: [{ key: report.scope, message }, ...report.remarks] };
    }
  };
  let kept = false;
  const running = run.start();
  running.catch(() => {});
  try {
    yield progress(null);
    for await (const next of whileRunning(running, PROGRESS_MS, () => progress(null))) {
      run.flushJournal();
      yield next;
    }
    run.flushJournal();
    const report = finish();
    kept = true;
    yield progress(report);
  } finally {
    if (!kept) {
      stop.abort();
      await running.catch(() => {});
      run.complete = false;
      run.flushJournal();
      finish();
    }
  }
}

/** What one verification has found so far. */
class Run {
  done = 0;
  total: number | null;
  bytes = 0;
  verified = 0;
  unsealed = 0;
  complete = true;
  readonly failed: { key: string; code: VerifyReport['failed'][number]['code']; message: string }[] = [];
  readonly remarks: { key: string; message: string }[] = [];
  private unreachable = 0;
  private readonly journal: Omit<JournalEntry, 'id'>[] = [];
  private readonly request: VerifyManyRequest;
  private readonly signal: AbortSignal;

  constructor(request: VerifyManyRequest, signal: AbortSignal) {
    this.request = request;
    this.signal = signal;
    this.total = 'keys' in request.scope ? new Set(request.scope.keys).size : null;
  }

  async start(): Promise<void> {
    const { scope } = this.request;
    const items = 'keys' in scope ? this.given(scope.keys) : this.below(scope.prefix);
    try {
      await runPool(items, {
        concurrency: CONCURRENCY,
        budget: BUDGET,
        sizeOf: ({ listed }) => listed?.size_bytes ?? BUDGET,
        work: (item) => this.verify(item),
        isStopped: () => this.signal.aborted || this.unreachable >= GONE_AFTER,
      });
    } catch (thrown) {
      if (!this.signal.aborted) throw thrown;
    }
    if (this.signal.aborted || this.unreachable >= GONE_AFTER) this.complete = false;
  }

  flushJournal(): void {
    const entries = this.journal.splice(0);
    try {
      appendToJournal(this.request.db, entries);
    } catch (thrown) {
      this.request.onJournalFailure(thrown);
    }
  }

  private async verify({ key, listed }: Item): Promise<void> {
    const { target, now, listed: inIndex } = this.request;
    const { verification, remarks, failure } = await verifyObject({
      target,
      key,
      now: now(),
      listed: listed ?? inIndex(key),
      signal: this.signal,
    });
    this.unreachable = failure?.retryable === true ? this.unreachable + 1 : 0;
    this.done++;
    this.bytes += verification.size_bytes ?? 0;
    const wrong = verification.checks.find(({ ok }) => ok === false);
    if (wrong !== undefined)
      this.failed.push({ key, code: wrong.code ?? 'internal', message: wrong.message });
    else if (verification.verdict === 'unsealed') this.unsealed++;
    else this.verified++;
    for (const message of remarks) this.remark(key, message);
    this.journal.push({
      at: verification.checked_at,
      action: 'verify',
      place: target.place,
      key,
      size_bytes: verification.size_bytes,
      bytes_sha256: verification.bytes_sha256,
      verdict: verification.verdict,
    });
  }

  private remark(key: string, message: string): void {
    if (this.remarks.length < MAX_REMARKS) this.remarks.push({ key, message });
  }

  /** Sizes that the index does not have are asked for: they decide how many are read at a time. */
  private async *given(keys: readonly string[]): AsyncGenerator<Item> {
    for (const key of new Set(keys)) {
      if (this.signal.aborted) return;
      const listed = this.request.listed(key) ?? (await this.sizeOnly(key));
      yield { key, listed };
    }
  }

  private async sizeOnly(key: string): Promise<ListedObject | null> {
    try {
      return await this.request.target.head(key, this.signal);
    } catch (thrown) {
      // Reading it says the same, as its finding.
      if (thrown instanceof CodedError) return null;
      throw thrown;
    }
  }

  private async *below(prefix: string): AsyncGenerator<Item> {
    const { target } = this.request;
    let listed = 0;
    try {
      for await (const page of listPages(target, { prefix }, this.signal)) {
        for (const object of page.objects) {
          if (!object.key.endsWith('.json')) {
            this.remark(object.key, 'Other data: no result has such a key. It was not read.');
            continue;
          }
          listed++;
          yield { key: object.key, listed: object };
        }
      }
      this.total = listed;
    } catch (thrown) {
      if (!(thrown instanceof CodedError) || this.signal.aborted) throw thrown;
      this.complete = false;
      this.remark(prefix, `The listing did not reach its end: ${thrown.message}`);
    }
  }
}

function scopeInWords(scope: VerifyScope, target: ArchiveTarget): string {
  if ('prefix' in scope) return scope.prefix === '' ? target.prefix : scope.prefix;
  const [first] = scope.keys;
  return scope.keys.length === 1 && first !== undefined ? first : `${scope.keys.length} selected results`;
}
