import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalJson } from '#core/archive/record/canonical.ts';
import { recordSha256 } from '#core/archive/record/result-record.ts';
import { openDatabase } from '#core/store/database.ts';
import { type S3Behaviour, TEST_CREDENTIAL } from '#core/testing/s3/behaviour.ts';
import type { FaultRates } from '#core/testing/s3/fault-proxy.ts';
import { type S3Process, spawnS3Process } from '#core/testing/s3/spawn-s3.ts';
import { seeded } from '#shared/lib/random.ts';
import type { JsonObject } from '#shared/model/job.ts';
import { OutboxWatch } from './outbox-watch.ts';

export interface ArchiveCampaign {
  readonly jobs: number;
  readonly kills: number;
  readonly seed: number;
  readonly conditionalWrites: S3Behaviour['conditionalWrites'];
}

/** What is left of a campaign; all but the first rows must be as `problemsOf` wants them. */
export interface ArchiveCounts {
  readonly jobs: number;
  readonly kills: number;
  /** Rows that stood in the outbox when a process was killed, summed over the kills. */
  readonly waiting_at_kills: number;
  /** Requests that met a fault, and all. */
  readonly faults: number;
  readonly requests: number;
  readonly puts: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly objects: number;
  /** Objects whose bytes are those that stood in the outbox, of those that were seen there. */
  readonly as_in_outbox: number;
  readonly seen_in_outbox: number;
  /** Objects that are their record's canonical bytes, with the hash of their delivery, which holds. */
  readonly hash_holds: number;
  readonly files: number;
  readonly keys_with_two_bodies: number;
  readonly jobs_under_two_keys: number;
  readonly jobs_without_object: number;
  readonly changed_in_outbox: number;
  readonly outbox: number;
  readonly integrity: string;
}

const BUCKET = 'results';
const CHILD = fileURLToPath(new URL('./archive-child.ts', import.meta.url));
const FAULTS: FaultRates = {
  rates: {
    'reset-before': 0.04,
    'reset-after': 0.06,
    'reset-mid-request': 0.04,
    'reset-mid-answer': 0.03,
    truncate: 0.02,
    'internal-error': 0.05,
    'slow-down': 0.05,
    'expired-token': 0.02,
    'clock-skew': 0.02,
    hang: 0.01,
  },
  latency: { rate: 0.3, minMs: 1, maxMs: 60 },
  hangMs: 700,
};

/** The whole campaign, as the closing note wants it: with servers that honour conditional writes and that ignore them. */
export async function runArchiveCampaign(): Promise<boolean> {
  let good = true;
  for (const conditionalWrites of ['honoured', 'ignored'] as const) {
    const counts = await archiveCampaign({ jobs: 200, kills: 10, seed: 20_261_122, conditionalWrites });
    const problems = problemsOf(counts);
    process.stdout.write(`archive, conditional writes ${conditionalWrites}: ${inWords(counts)}\n`);
    for (const problem of problems) process.stdout.write(`  WRONG: ${problem}\n`);
    good &&= problems.length === 0;
  }
  return good;
}

/** Runs jobs in processes that are killed while what lies before the bucket misbehaves; then counts. */
export async function archiveCampaign(campaign: ArchiveCampaign): Promise<ArchiveCounts> {
  const { jobs, kills, seed, conditionalWrites } = campaign;
  const dataDir = mkdtempSync(join(tmpdir(), 'runescope-campaign-'));
  const server = await spawnS3Process({ seed, faults: FAULTS, conditionalWrites, buckets: [BUCKET] });
  const watch = new OutboxWatch(join(dataDir, 'runescope.db'));
  try {
    const random = seeded(seed);
    let waiting = 0;
    for (let kill = 1; kill <= kills; kill++) {
      const total = Math.ceil((jobs * kill) / (kills + 1));
      await run(dataDir, server, watch, [`${total}`], 30 + random() * 900);
      waiting += watch.waiting;
    }
    await server.faults(null);
    await run(dataDir, server, watch, [`${jobs}`, 'finish'], null);
    return await count(campaign, dataDir, server, watch, waiting);
  } finally {
    watch.close();
    await server.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** One life of the child: until it ends by itself, or is killed so long after it is ready. */
function run(
  dataDir: string,
  server: S3Process,
  watch: OutboxWatch,
  args: readonly string[],
  killAfterMs: number | null,
): Promise<void> {
  const env = {
    PATH: process.env.PATH,
    RUNE_S3_ENABLED: '1',
    RUNE_S3_ENDPOINT: server.proxyUrl,
    RUNE_S3_BUCKET: BUCKET,
    RUNE_S3_REGION: 'us-east-1',
    S3_ACCESS_KEY_ID: TEST_CREDENTIAL.accessKeyId,
    S3_SECRET_ACCESS_KEY: TEST_CREDENTIAL.secretAccessKey,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, dataDir, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
    });
    let err = '';
    const looking = setInterval(() => watch.look(), 15);
    child.stdout.once('data', () => {
      if (killAfterMs !== null) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('close', (code, signal) => {
      clearInterval(looking);
      watch.look();
      if (killAfterMs === null ? code === 0 : signal === 'SIGKILL') resolve();
      else reject(new Error(`the child ended by itself (${code ?? signal}): ${err}`));
    });
  });
}

async function count(
  { jobs, kills }: ArchiveCampaign,
  dataDir: string,
  server: S3Process,
  watch: OutboxWatch,
  waiting: number,
): Promise<ArchiveCounts> {
  const db = openDatabase(join(dataDir, 'runescope.db'), 'read');
  const all = db.prepare('SELECT job_id, status FROM jobs').all() as { job_id: string; status: string }[];
  const deliveries = new Map(
    (
      db.prepare("SELECT job_id, key, sha256 FROM rs_archive_delivery WHERE target = 'env'").all() as {
        job_id: string;
        key: string;
        sha256: string;
      }[]
    ).map((row) => [row.job_id, row]),
  );
  const outbox = db.prepare('SELECT count(*) FROM rs_archive_outbox').pluck().get() as number;
  const integrity = String(db.pragma('integrity_check', { simple: true }));
  db.close();

  const keys = await server.keys(BUCKET);
  const keysOf = grouped(keys.map((key) => [jobOf(key), key]));
  const [puts, { clean, latency: _latency, ...faults }] = [await server.puts(), await server.counts()];
  const bodies = grouped(puts.map(({ key, sha256 }) => [key, sha256]));
  const putKeys = grouped(puts.map(({ key }) => [jobOf(key), key]));

  let [asInOutbox, seen, holds] = [0, 0, 0];
  for (const key of keys) {
    const body = (await server.get(BUCKET, key)) ?? Buffer.alloc(0);
    const record = JSON.parse(body.toString('utf8')) as JsonObject & { job_id: string; sha256: string };
    const inOutbox = watch.seen.get(`env ${record.job_id}`);
    if (inOutbox !== undefined) {
      seen++;
      if (inOutbox === `${key} ${createHash('sha256').update(body).digest('hex')}`) asInOutbox++;
    }
    const delivery = deliveries.get(record.job_id);
    const canonical =
      canonicalJson(record) === body.toString('utf8') && recordSha256(record) === record.sha256;
    if (canonical && delivery?.key === key && delivery.sha256 === record.sha256) holds++;
  }
  const faulty = Object.values(faults).reduce((sum, n) => sum + n, 0);
  return {
    jobs: all.length,
    kills,
    waiting_at_kills: waiting,
    faults: faulty,
    requests: faulty + clean,
    puts: puts.length,
    statuses: tally(all.map(({ status }) => status)),
    objects: keys.length,
    as_in_outbox: asInOutbox,
    seen_in_outbox: seen,
    hash_holds: holds,
    files: filesOf(dataDir, deliveries),
    keys_with_two_bodies: severalIn(bodies),
    jobs_under_two_keys: severalIn(putKeys) + severalIn(keysOf),
    jobs_without_object: all.filter(({ job_id }) => !keysOf.has(job_id)).length + Math.abs(jobs - all.length),
    changed_in_outbox: watch.changed,
    outbox,
    integrity,
  };
}

function grouped(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, ReadonlySet<string>> {
  const sets = new Map<string, Set<string>>();
  for (const [name, value] of pairs) sets.set(name, (sets.get(name) ?? new Set()).add(value));
  return sets;
}
const severalIn = (sets: ReadonlyMap<string, ReadonlySet<string>>): number =>
  [...sets.values()].filter(({ size }) => size > 1).length;

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

const jobOf = (key: string): string => basename(key, '.json');

/** Whole files of the folder target: the same record as in the bucket. */
function filesOf(dataDir: string, deliveries: ReadonlyMap<string, { readonly sha256: string }>): number {
  const folder = join(dataDir, 'results');
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    if (!name.endsWith('.json')) return false;
    const { sha256 } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { sha256: string };
    return deliveries.get(jobOf(name))?.sha256 === sha256;
  }).length;
}

/** What is not as it must be, in words. */
export function problemsOf(counts: ArchiveCounts): readonly string[] {
  const { jobs } = counts;
  const wanted: Partial<ArchiveCounts> = {
    objects: jobs,
    as_in_outbox: counts.seen_in_outbox,
    hash_holds: jobs,
    files: jobs,
    keys_with_two_bodies: 0,
    jobs_under_two_keys: 0,
    jobs_without_object: 0,
    changed_in_outbox: 0,
    outbox: 0,
    integrity: 'ok',
  };
  return Object.entries(wanted).flatMap(([name, value]) => {
    const found = counts[name as keyof ArchiveCounts];
    return found === value ? [] : [`${name} is ${JSON.stringify(found)}, not ${JSON.stringify(value)}`];
  });
}

export function inWords(counts: ArchiveCounts): string {
  const statuses = Object.entries(counts.statuses).map(([status, n]) => `${n} ${status}`);
  return (
    `${counts.jobs} jobs (${statuses.join(', ')}), kill -9 x ${counts.kills} with ${counts.waiting_at_kills} results waiting, ${counts.faults} faults in ${counts.requests} requests, ` +
    `${counts.puts} puts accepted; ${counts.objects} objects, ${counts.as_in_outbox} of ${counts.seen_in_outbox} seen in the outbox are its bytes, ` +
    `${counts.hash_holds} hashes hold, ${counts.files} files; keys with two bodies ${counts.keys_with_two_bodies}, ` +
    `jobs under two keys ${counts.jobs_under_two_keys}, jobs without an object ${counts.jobs_without_object}, ` +
    `outbox ${counts.outbox}, integrity ${counts.integrity}`
  );
}
