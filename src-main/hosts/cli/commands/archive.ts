import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { Client } from '#core/engine.ts';
import { formatBytes, formatCount } from '#shared/lib/format.ts';
import type { ArchiveTargetInfo, ListedPage, VerifyReport } from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';
import { openReader, openRunner } from '../access.ts';
import { EXIT } from '../exit-code.ts';
import type { Interrupts } from '../interrupts.ts';
import type { Output } from '../output/output.ts';
import { objectsTable } from '../output/rows.ts';
import { printable } from '../output/table.ts';

export interface ArchiveWhere {
  readonly dataDir: string;
  /** As --target names it; undefined takes the one that the environment or Settings prefer. */
  readonly target: string | undefined;
}

/** Progress is written this often at most. */
const TELL_MS = 1000;

export async function listArchive(
  where: ArchiveWhere,
  prefix: string | undefined,
  output: Output,
  interrupts: Interrupts,
): Promise<number> {
  return inArchive(where, interrupts, async ({ client, target, signal }) => {
    const keys: ListedPage['keys'][number][] = [];
    let complete = false;
    const tell = every(TELL_MS);
    try {
      for await (const page of await client.archive.list(
        { target: target.target, ...(prefix === undefined ? {} : { prefix }) },
        { signal },
      )) {
        keys.push(...page.keys);
        complete = page.complete;
        tell(() => output.progress(`${formatCount(keys.length)} keys`));
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
    const rows = keys.map(({ key, size_bytes, last_modified, etag }) => ({
      key,
      size: size_bytes,
      last_modified,
      etag,
    }));
    await output.answer({ keys: rows, complete }, () =>
      rows.length === 0
        ? `Nothing below ${printable(prefix ?? target.prefix)} in ${printable(target.place)}.`
        : `${objectsTable(keys)}\n${formatCount(rows.length)} keys, complete: ${complete ? 'yes' : 'no'}`,
    );
    return complete ? EXIT.succeeded : EXIT.cancelled;
  });
}

/** The exact bytes of a result to stdout or a file; what its verification says, to stderr. */
export async function getResult(
  where: ArchiveWhere,
  keyOrJob: string,
  file: string | undefined,
  output: Output,
  interrupts: Interrupts,
): Promise<number> {
  return inArchive(where, interrupts, async ({ client, target, signal }) => {
    const key = keyOrJob.includes('/') ? keyOrJob : await findJob(client, target, keyOrJob, output, signal);
    const object = { target: target.target, key };
    const bytes = new Uint8Array(await (await client.archive.download(object, { signal })).arrayBuffer());
    const found = await client.archive.verify.one(object, { signal });
    const sha256 = hash('sha256', bytes);
    if (found.bytes_sha256 !== null && found.bytes_sha256 !== sha256) {
      throw new CodedError('archive.object_changed', `${key} was replaced while it was read. Try again.`);
    }
    const problems = found.checks.filter((check) => check.ok === false);
    output.progress(`${printable(key)}  ${formatBytes(bytes.byteLength)}  ${found.verdict}`);
    for (const { code, message } of problems) output.progress(`${code}: ${printable(message)}`);
    if (file === undefined) await output.bytes(bytes);
    else {
      await writeFile(file, bytes, { flag: 'wx' }).catch((thrown: Error) => {
        throw new CodedError('request.invalid', `${file} could not be written: ${thrown.message}.`);
      });
      const { verdict, recorded_sha256, checks } = found;
      await output.answer(
        { ...object, file, size: bytes.byteLength, bytes_sha256: sha256, recorded_sha256, verdict, checks },
        () => `${file}  sha256 ${sha256}`,
      );
    }
    return found.verdict === 'failed' ? EXIT.failed : EXIT.succeeded;
  });
}

async function findJob(
  client: Client,
  target: ArchiveTargetInfo,
  jobId: string,
  output: Output,
  signal: AbortSignal,
): Promise<string> {
  const tell = every(TELL_MS);
  let requests = 0;
  for await (const step of await client.archive.find({ target: target.target, job_id: jobId }, { signal })) {
    if (step.found !== null) return step.found.key;
    requests = step.requests;
    tell(() =>
      output.progress(
        `looking at ${step.date ?? 'the index'}, ${requests} of at most ${step.planned} requests`,
      ),
    );
  }
  throw new CodedError(
    'archive.not_found',
    `No result of job ${jobId} was found in ${target.place} with ${requests} requests. Run archive index first, or give its key.`,
  );
}

export async function verifyArchive(
  where: ArchiveWhere,
  prefix: string,
  output: Output,
  interrupts: Interrupts,
): Promise<number> {
  return inArchive(where, interrupts, async ({ client, target, signal }) => {
    const tell = every(TELL_MS);
    let report: VerifyReport | null = null;
    for await (const step of await client.archive.verify.many(
      { target: target.target, prefix },
      { signal },
    )) {
      report = step.report ?? report;
      tell(() =>
        output.progress(
          `${formatCount(step.done)} of ${step.total === null ? 'more to come' : formatCount(step.total)} verified, ${step.failed} failed`,
        ),
      );
    }
    if (report === null) throw new CodedError('job.cancelled', 'Interrupted before anything was verified.');
    const done = report;
    await output.answer(done, () =>
      [
        ...done.failed.map(({ key, code, message }) => `${printable(key)}\n  ${code}: ${printable(message)}`),
        `${formatCount(done.verified)} verified, ${formatCount(done.failed.length)} failed, ${formatCount(done.unsealed)} without a hash; complete: ${done.complete ? 'yes' : 'no'}; report ${done.report_id}`,
      ].join('\n'),
    );
    if (!done.complete && signal.aborted) return EXIT.cancelled;
    return done.failed.length > 0 || !done.complete ? EXIT.failed : EXIT.succeeded;
  });
}

export async function indexArchive(
  where: ArchiveWhere,
  output: Output,
  interrupts: Interrupts,
): Promise<number> {
  return inArchive(where, interrupts, async ({ client, target, signal }) => {
    const tell = every(TELL_MS);
    for await (const step of await client.archive.refresh({ target: target.target }, { signal })) {
      tell(() => output.progress(`${formatCount(step.loaded)} keys, ${formatCount(step.requests)} requests`));
      if (step.failure !== null) throw new CodedError(step.failure.code, step.failure.message, step.failure);
    }
    const { state } = await client.archive.objects({ target: target.target, limit: 1 });
    const { loaded: keys, new_count, requests, complete } = state;
    await output.answer(
      { target: target.target, place: target.place, keys, new: new_count, requests, complete },
      () =>
        `${formatCount(keys)} keys, ${formatCount(new_count)} new, complete: ${complete ? 'yes' : 'no'}; ${formatCount(requests)} requests`,
    );
    return complete ? EXIT.succeeded : EXIT.cancelled;
  });
}

/** Delivers what waits: of one job, or everything. Goes to the process that owns the data directory. */
export async function pushResults(
  dataDir: string,
  jobId: string | undefined,
  output: Output,
): Promise<number> {
  if (jobId !== undefined) {
    // An id that nobody knows must not make this process the owner of anything.
    const { client, source, close } = await openReader(dataDir, undefined);
    await client.jobs.get({ source, job_id: jobId }).finally(close);
  }
  const runner = await openRunner(dataDir, (line) => output.progress(line));
  try {
    const report = await runner.client.archive.outbox.push(jobId === undefined ? {} : { job_id: jobId });
    await output.answer(report, () =>
      [
        ...report.failed.map(
          ({ key, target, code, message }) =>
            `${target}: ${printable(key)}\n  ${code}: ${printable(message)}`,
        ),
        `${formatCount(report.delivered)} delivered, ${formatCount(report.pending)} pending, ${formatCount(report.failed.length)} failed`,
      ].join('\n'),
    );
    return report.failed.length > 0 || report.pending > 0 ? EXIT.failed : EXIT.succeeded;
  } finally {
    await runner.close();
  }
}

interface InArchive {
  readonly client: Client;
  readonly target: ArchiveTargetInfo;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

async function inArchive(
  where: ArchiveWhere,
  interrupts: Interrupts,
  work: (archive: InArchive) => Promise<number>,
): Promise<number> {
  const { client, close } = await openReader(where.dataDir, undefined);
  const stop = new AbortController();
  interrupts.onFirst(() => stop.abort());
  try {
    const targets = await client.archive.targets();
    const target =
      where.target === undefined ? targets[0] : targets.find((one) => one.target === where.target);
    if (target === undefined) {
      throw new CodedError(
        'archive.target_unknown',
        `There is no archive target "${where.target ?? ''}". Targets: ${targets.map((one) => one.target).join(', ')}.`,
      );
    }
    return await work({ client, target, signal: stop.signal });
  } finally {
    await close();
  }
}

/** Calls `say` at most once in `ms`. */
function every(ms: number): (say: () => void) => void {
  let next = performance.now() + ms;
  return (say) => {
    if (performance.now() < next) return;
    next = performance.now() + ms;
    say();
  };
}
