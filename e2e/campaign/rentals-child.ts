import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createEngine } from '#core/engine.ts';
import { openDatabase } from '#core/store/database.ts';
import { ownStorePath } from '#core/store/own-file.ts';
import { testPorts } from '#core/testing/ports.ts';
import { scaledClock } from '#core/testing/scaled-clock.ts';
import { seeded } from '#shared/lib/random.ts';
import { countSteps, type Death } from './rental-steps.ts';

/**
 * run: makes rented jobs until the store holds `total`, with somebody who cancels and destroys meanwhile, then goes on
 * until it is killed · finish: the same, then reconciles until nothing is left to be ended, and ends · end: destroys
 * what was kept, too · settle: until every bill has come.
 */
export interface RentalsChild {
  readonly phase: 'run' | 'finish' | 'end' | 'settle';
  readonly dataDir: string;
  readonly url: string;
  readonly key: string;
  readonly base: number;
  readonly speed: number;
  readonly total: number;
  readonly seed: number;
  readonly death: Death | null;
}

const plan = JSON.parse(process.argv[2] ?? '{}') as RentalsChild;
const say = (line: string): void => void writeSync(1, `${line}\n`);
const MODELS = ['llama3.1:8b', 'llama3.1:8b', '', 'mixtral:8x7b'];
/** Jobs that run or wait at the same time. */
const AT_ONCE = 5;
const PAUSE_MS = 60;

countSteps(plan.url, plan.death, say);
const { ports, logged } = testPorts({
  dataDir: plan.dataDir,
  env: { PATH: process.env.PATH, VAST_API_URL: plan.url, VAST_API_KEY: plan.key },
  clock: scaledClock(plan.base, plan.speed),
});
const engine = await createEngine(ports, { mode: 'own' });
const { client } = engine;
await client.settings.set({
  version: 1,
  jobs: { concurrency: AT_ONCE, timeout: 600 },
  spend: { threshold_usd: 1_000_000 },
  offers: { keep_hours: 0.5, boot_timeout: 420 },
  archive: { folder: false, environment: false },
});
say('ready');

const isRunning = plan.phase === 'run' || plan.phase === 'finish';
if (isRunning) await makeJobs();
say('idle');
if (plan.phase === 'run') setInterval(() => {}, 1000);
else {
  await quiet();
  await engine.dispose();
  for (const { event, message } of logged.filter(({ level }) => level === 'error'))
    say(`error ${event} ${message}`);
}

async function makeJobs(): Promise<void> {
  const destroyer = new AbortController();
  const destroying = destroySome(destroyer.signal);
  for (let made = (await client.jobs.list({ limit: 1 })).total; made < plan.total; made++) {
    // One after the other, so that an outage does not meet them all.
    do await sleep(PAUSE_MS);
    while (await unfinished());
    const { kind, request, cancelAfterMs } = jobOf(made);
    const { job_id } = await client.jobs.create({ kind, request });
    // It may have ended by then.
    if (cancelAfterMs !== null)
      setTimeout(() => client.jobs.cancel({ job_id }).catch(() => {}), cancelAfterMs);
  }
  await engine.idle();
  destroyer.abort();
  await destroying;
}

async function unfinished(): Promise<boolean> {
  return (await client.jobs.list({ status: ['queued', 'running'], limit: 1 })).total >= AT_ONCE;
}

/** The n-th job is the same in every process of a campaign. */
function jobOf(n: number) {
  const random = seeded(plan.seed * 100_003 + n);
  const model = MODELS[Math.floor(random() * MODELS.length)] ?? '';
  const [kindOf, cheap, sure, impatient] = [random(), random(), random(), random()];
  const vastai = {
    max_dph: cheap < 0.3 ? 0.8 : cheap < 0.6 ? 2 : 0,
    reliability: sure < 0.4 ? 0.9 : 0,
    // Kept ones are left to later jobs.
    stop_instance: kindOf > 0.32,
  };
  const rented = { backend_type: 'ollama', provisioning: { vastai } } as const;
  const cancelAfterMs = random() < 0.12 ? random() * 3000 : null;
  return kindOf < 0.15
    ? ({ kind: 'llm-instance', request: rented, cancelAfterMs } as const)
    : ({
        kind: 'benchmark',
        request: {
          ...rented,
          model,
          agent: 'prompt',
          question: `question ${n}`,
          timeout: impatient < 0.05 ? 0.5 + impatient * 20 : null,
        },
        cancelAfterMs,
      } as const);
}

/** Somebody who destroys now one that was kept, now one that is in use. */
async function destroySome(signal: AbortSignal): Promise<void> {
  const random = seeded(plan.seed + plan.total);
  while (!signal.aborted) {
    await sleep(300);
    const { rentals } = await client.rentals.list({ open: true });
    const [victim] = rentals.filter(({ state }) => random() < (state === 'kept' ? 0.05 : 0.01));
    if (victim !== undefined) await destroy(victim);
  }
}

async function destroy({ rental_id }: { readonly rental_id: string }): Promise<void> {
  // What it could not see gone is looked after by the engine.
  await client.rentals
    .destroy({ rental_id })
    .catch((thrown: unknown) => say(`error destroy ${String(thrown)}`));
}

type Open = Awaited<ReturnType<Client['rentals']['list']>>['rentals'][number];

/** Reconciles until nothing is left to do for this phase; the process that waits for it has a limit. */
async function quiet(): Promise<void> {
  for (;;) {
    const open: Open[] = [];
    for (;;) {
      const { rentals } = await client.rentals.list({ open: true, limit: 1000, offset: open.length });
      open.push(...rentals);
      if (rentals.length < 1000) break;
    }
    const kept = open.filter(({ state }) => state === 'kept');
    if (plan.phase !== 'finish') await Promise.all(kept.map(destroy));
    const reports = await client.rentals.reconcile();
    const isAsked = reports.every(({ trouble, strays }) => trouble === null && strays.length === 0);
    const left = plan.phase === 'finish' ? open.length - kept.length : open.length;
    if (isAsked && left === 0 && (plan.phase !== 'settle' || isSettled())) return;
    await sleep(100);
  }
}

/** The last bill of every rental has come. */
function isSettled(): boolean {
  const db = openDatabase(ownStorePath(plan.dataDir), 'read');
  const left = db.prepare('SELECT count(*) FROM rs_rental WHERE contract_id IS NOT NULL AND settled = 0');
  const isDone = left.pluck().get() === 0;
  db.close();
  return isDone;
}
