import type { Carrier } from '#renderer/client/connection.ts';
import type { ArchiveFilter, ArchiveQuery } from '#shared/contract/archive.ts';
import type {
  ArchivedObject,
  ArchiveTargetInfo,
  ListingProgress,
  ListingState,
  VerifyReport,
} from '#shared/model/archive.ts';
import type { Failure } from '#shared/model/failure.ts';

export const FOLDER: ArchiveTargetInfo = {
  target: 'folder',
  kind: 'folder',
  title: 'This computer',
  place: '/home/me/archive',
  prefix: 'results/',
  from: 'builtin',
  delivers: true,
  presigns: false,
  versions: false,
  pending: 0,
  refused: 0,
  delivered: 200,
  down: null,
};
export const BUCKET: ArchiveTargetInfo = {
  ...FOLDER,
  target: 'env',
  kind: 's3',
  title: 'rune-results',
  place: 's3://rune-results/results/ at http://127.0.0.1:8333',
  from: 'environment',
  presigns: true,
};

const TENANTS = ['acme', 'default', 'globex-research'];
const KINDS = ['agentic-agent', 'benchmark', 'cost-estimate'];
/** Keys over a year up to 2026-11-22, more on some days than on others. */
export function manyKeys(count: number): readonly ArchivedObject[] {
  return Array.from({ length: count }, (_, i) => {
    const day = Math.floor(((i * 7919) % 330) ** 2 / 330);
    const date = new Date(Date.UTC(2026, 10, 22) - day * 86_400_000).toISOString().slice(0, 10);
    const tenant = TENANTS[i % 3] ?? '';
    const kind = KINDS[(i >> 2) % 3] ?? '';
    const job_id = `${(i * 2_654_435_761).toString(16).padStart(12, '0').slice(-12)}-4e5f-${String(i).padStart(12, '0')}`;
    return {
      key: `results/${tenant}/${kind}/${date}/${job_id}.json`,
      tenant,
      kind,
      date,
      job_id,
      size_bytes: 2_000 + ((i * 37) % 40_000),
      last_modified: Date.parse(`${date}T12:00:00Z`) / 1000,
      etag: `"${(i * 40_503).toString(16).padStart(32, 'a')}"`,
      is_new: i % 997 === 1,
    };
  });
}

/** An engine whose archives are these keys: what the view calls, answered from memory. */
export class FakeArchive {
  targets: readonly ArchiveTargetInfo[] = [FOLDER, BUCKET];
  keys: readonly ArchivedObject[] = [];
  /** How much of `keys` a listing loads, and what it says at its end. */
  listed = 0;
  complete = false;
  failure: Failure | null = null;
  /** Resolves when the next part of a listing may come; null lists in one step. */
  gate: (() => Promise<void>) | null = null;
  readonly calls: { readonly path: string; readonly input: unknown }[] = [];
  requests = 0;

  readonly carrier = async (): Promise<Carrier> => ({
    link: {
      call: async (path, input, options) => this.answer(path.join('.'), input as never, options.signal),
    },
    closed: new Promise(() => {}),
    isClosed: () => false,
    close: () => {},
  });

  state(): ListingState {
    return {
      loaded: this.listed,
      complete: this.complete,
      listed_at: this.complete ? Date.now() / 1000 - 200 : null,
      new_count: this.keys.slice(0, this.listed).filter((one) => one.is_new).length,
      requests: this.requests,
      running: false,
    };
  }

  private async *refresh(signal: AbortSignal | undefined): AsyncGenerator<ListingProgress> {
    const began = Date.now();
    const say = (done: boolean): ListingProgress => ({
      ...this.state(),
      running: !done,
      gone: 0,
      ms: Date.now() - began,
      failure: done ? this.failure : null,
      done,
    });
    const step = this.gate === null ? this.keys.length : 1_000;
    while (this.listed < this.keys.length && this.failure === null) {
      await this.gate?.();
      if (signal?.aborted === true) return;
      this.listed = Math.min(this.keys.length, this.listed + step);
      this.requests++;
      yield say(false);
    }
    this.complete = this.failure === null;
    yield say(true);
  }

  private matching(filter: ArchiveFilter): ArchivedObject[] {
    return this.keys
      .slice(0, this.listed)
      .filter(
        (one) =>
          (filter.tenant?.includes(one.tenant ?? '') ?? true) &&
          (filter.kind?.includes(one.kind ?? '') ?? true) &&
          (filter.date_from === undefined || (one.date ?? '') >= filter.date_from) &&
          (filter.date_to === undefined || (one.date ?? '~') <= filter.date_to) &&
          (filter.text === undefined || one.key.includes(filter.text)) &&
          (filter.only_new !== true || one.is_new) &&
          (filter.shape === undefined || (filter.shape === 'other') === (one.job_id === null)),
      );
  }

  private answer(path: string, input: never, signal: AbortSignal | undefined): unknown {
    this.calls.push({ path, input });
    switch (path) {
      case 'archive.targets':
        return this.targets;
      case 'archive.refresh':
        return this.refresh(signal);
      case 'archive.objects':
        return this.objects(input);
      case 'archive.facets':
        return this.facets(input);
      case 'archive.find':
        return this.find(input);
      case 'archive.preview':
        return this.preview(input);
      case 'archive.verify.one':
        return this.verification(input);
      case 'archive.verify.many':
        return this.verifyMany(input);
      case 'archive.verify.report':
        return this.report(this.keys.slice(0, 3).map((one) => one.key));
      default:
        throw { code: 'internal', message: `The fake does not answer ${path}.` };
    }
  }

  private objects(query: ArchiveQuery): unknown {
    const [{ by, desc } = { by: 'date' as const, desc: true }] = query.sort;
    const turn = desc ? -1 : 1;
    const sorted = this.matching(query).sort((a, b) => {
      const [x, y] = [a[by] ?? '', b[by] ?? ''];
      return (x < y ? -1 : x > y ? 1 : a.key < b.key ? -1 : 1) * turn;
    });
    return {
      objects: sorted.slice(query.offset, query.offset + query.limit),
      total: sorted.length,
      state: this.state(),
    };
  }

  private facets(filter: ArchiveFilter): unknown {
    const objects = this.matching(filter);
    const count = (name: 'tenant' | 'kind' | 'date') => {
      const counts = new Map<string, number>();
      for (const one of objects) {
        const value = one[name];
        if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
    };
    return {
      tenants: count('tenant').map(([value, n]) => ({ value, count: n })),
      kinds: count('kind').map(([value, n]) => ({ value, count: n })),
      days: count('date').map(([date, n]) => ({ date, count: n, size_bytes: n })),
      other: objects.filter((one) => one.job_id === null).length,
      state: this.state(),
    };
  }

  private async *find(input: { readonly job_id: string; readonly max_requests: number }) {
    const found = this.keys.find((one) => one.job_id === input.job_id) ?? null;
    const base = { planned: input.max_requests, found: null, from_index: false, done: false };
    yield { ...base, requests: 1, date: '2026-11-22' };
    yield { ...base, requests: 14, date: '2026-11-18', found, done: true };
  }

  private preview({ key }: { readonly key: string }): unknown {
    const one = this.keys.find((object) => object.key === key);
    if (one === undefined)
      throw { code: 'archive.not_found', message: `There is no ${key} in this archive.` };
    return {
      ...one,
      partial: true,
      members: {
        schema: 'rune.result/1',
        job_id: one.job_id,
        status: 'succeeded',
        kind: one.kind,
        tenant_id: one.tenant,
        created_at: one.last_modified - 40,
        started_at: one.last_modified - 39,
        updated_at: one.last_modified - 18,
        actual_cost: 0.0034,
        request: {
          agent: 'holmes',
          model: 'llama3.1:8b',
          backend_type: 'ollama',
          question: 'Why is the pod in CrashLoopBackOff?',
        },
        result: { answer: 'The container exits with code 1 because DATABASE_URL is not set.' },
        sha256: 'ab'.repeat(32),
      },
    };
  }

  private verification({ key }: { readonly key: string }): unknown {
    const bad = key === this.keys[1]?.key;
    return {
      key,
      verdict: bad ? 'failed' : 'unchanged',
      checked_at: Date.now() / 1000,
      size_bytes: 4_000,
      bytes_sha256: 'cd'.repeat(32),
      recorded_sha256: 'ab'.repeat(32),
      checks: [
        { name: 'schema', ok: true, code: null, message: 'It is a rune.result/1.' },
        bad
          ? {
              name: 'hash',
              ok: false,
              code: 'archive.hash_mismatch',
              message: 'The body is not the one that was hashed.',
            }
          : { name: 'hash', ok: true, code: null, message: 'The body is the one that was hashed.' },
        { name: 'versions', ok: null, code: null, message: 'This archive keeps no versions.' },
      ],
    };
  }

  private async *verifyMany(input: { readonly keys?: readonly string[]; readonly prefix?: string }) {
    const keys =
      input.keys ?? this.keys.filter(({ key }) => key.startsWith(input.prefix ?? '')).map(({ key }) => key);
    const base = { total: keys.length, bytes: 4_000, failed: 0, ms: 600, report: null };
    yield { ...base, done: 1 };
    yield { ...base, done: keys.length, report: this.report(keys) };
  }

  private report(keys: readonly string[]): VerifyReport {
    const failed = keys
      .filter((key) => key === this.keys[1]?.key)
      .map((key) => ({
        key,
        code: 'archive.hash_mismatch' as const,
        message: 'The body is not the one that was hashed: it was changed after it was written.',
      }));
    return {
      report_id: 'report-1',
      target: 'env',
      place: BUCKET.place,
      scope: `${keys.length} selected results`,
      started_at: 1_795_000_000,
      finished_at: 1_795_000_004.2,
      app_version: '0.1.0',
      verified: keys.length - failed.length,
      unsealed: 0,
      bytes: 12_000,
      requests: keys.length,
      complete: true,
      failed,
      remarks: keys.slice(0, 1).map((key) => ({ key, message: 'The server keeps 2 versions of this key.' })),
    };
  }
}
