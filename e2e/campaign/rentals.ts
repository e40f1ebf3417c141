import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownStorePath } from '#core/store/own-file.ts';
import { MARKET_FAULTS } from '#core/testing/market-faults.ts';
import { type SpawnedMarket, type SpawnMarketOptions, spawnMarket } from '#core/testing/spawn-market.ts';
import { formatCount } from '#shared/lib/format.ts';
import { seeded } from '#shared/lib/random.ts';
import type { RentalState } from '#shared/model/rentals.ts';
import { type Books, type Jobs, readBooks, readJobs } from './rentals-count.ts';
import { CAMPAIGN_FATES, CAMPAIGN_FAULTS } from './rentals-faults.ts';
import { finish, type Kill, type Life, live } from './rentals-life.ts';
import { RentalsWatch } from './rentals-watch.ts';

export interface RentalsCampaign {
  readonly jobs: number;
  readonly kills: number;
  readonly seed: number;
}

/** What is left of a campaign; `problemsOf` says what of it is wrong. */
export interface RentalsCounts extends Jobs {
  readonly kills: Readonly<Record<Kill['how'], number>>;
  /** Different pairs of lines between which a process was killed. */
  readonly places: readonly string[];
  readonly outages: number;
  /** Calls of the market, and those that met a fault, by its kind. */
  readonly calls: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly changed_ends: number;
  readonly complaints: readonly string[];
  /** When all jobs are over and nothing but kept instances should run. */
  readonly jobs_over: Books;
  /** When the kept ones have been destroyed, too. */
  readonly all_ended: Books;
  /** When the last bills have come. */
  readonly settled: Books;
}

/** The clock's seconds in one of the wall: while jobs run, and while bills come. */
const SPEED = 60;
const SETTLING_SPEED = 2400;
const STATES: readonly RentalState[] = ['intent', 'created', 'running', 'ready', 'closing', 'kept', 'gone'];
/** Lines of the create sequence, and some more. */
const STEPS = 16;

/** The whole campaign, as the closing note wants it. */
export async function runRentalsCampaign(): Promise<boolean> {
  const campaign = { jobs: 500, kills: 50, seed: 20_261_123 };
  const counts = await rentalsCampaign(campaign);
  const problems = problemsOf(counts, campaign);
  process.stdout.write(`rentals: ${inWords(counts)}\n`);
  for (const problem of problems) process.stdout.write(`  WRONG: ${problem}\n`);
  return problems.length === 0;
}

/** Runs rented jobs in processes that are killed while the market and its machines misbehave; then counts. */
export async function rentalsCampaign({ jobs, kills, seed }: RentalsCampaign): Promise<RentalsCounts> {
  const dir = mkdtempSync(join(tmpdir(), 'runescope-rentals-'));
  const dataDir = join(dir, 'data');
  const options: SpawnMarketOptions = {
    statePath: join(dir, 'market.json'),
    seed,
    slowness: 0.1,
    answers: 0.1,
    key: KEY,
  };
  const watch = new RentalsWatch(ownStorePath(dataDir));
  let market = await spawnMarket({
    ...options,
    speed: SPEED,
    faults: CAMPAIGN_FAULTS,
    fates: CAMPAIGN_FATES,
  });
  const outages = outagesOn(market, seeded(seed + 1));
  try {
    const child = (total: number) => {
      const { url, key, base, speed } = market;
      return { dataDir, url, key, base, speed, total, seed };
    };
    const lives: Life[] = [];
    const plan = killsOf(kills, jobs / kills, seeded(seed));
    for (const [n, kill] of plan.entries()) {
      const total = Math.ceil((jobs * (n + 1)) / (kills + 1));
      lives.push(await live(child(total), kill, market, watch));
    }
    await outages.stop();
    const complaints = [...(await finish(child(jobs), 'finish', 240_000))];
    watch.lookAtEnds();
    // Only now does the market behave, so that all there is to find has been found among faults.
    await market.faults(null);
    const jobs_over = await readBooks(dataDir, market);
    complaints.push(...(await finish(child(jobs), 'end', 60_000)));
    const all_ended = await readBooks(dataDir, market);
    const calls = await market.calls();
    market = await faster(market, options);
    complaints.push(...(await finish(child(jobs), 'settle', 120_000)));
    watch.lookAtEnds();
    return {
      ...readJobs(dataDir, KEY),
      kills: killed(lives),
      places: [...new Set(lives.flatMap(({ between }) => between ?? []))].toSorted(),
      outages: outages.count(),
      calls: calls.length,
      faults: tally(calls.flatMap(({ fault }) => fault ?? [])),
      changed_ends: watch.changedEnds,
      complaints,
      jobs_over,
      all_ended,
      settled: await readBooks(dataDir, market),
    };
  } finally {
    await outages.stop();
    watch.close();
    await market.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

const KEY = 'key-of-the-campaign-5b1e9d07';

/** The same market at the same time, with a clock that goes on faster: bills take hours to be the last. */
async function faster(market: SpawnedMarket, options: SpawnMarketOptions): Promise<SpawnedMarket> {
  await market.close();
  const wallUs = Date.now() * 1000;
  // base + (wall - base) x speed is what the old clock says now.
  const base = (market.clock.nowUs() - wallUs * SETTLING_SPEED) / (1 - SETTLING_SPEED);
  return spawnMarket({ ...options, base, speed: SETTLING_SPEED });
}

/** Half of them between two lines that follow one another in the sequence of a create, each line in its turn. */
function killsOf(count: number, jobs: number, random: () => number): readonly Kill[] {
  const upTo = (n: number): number => Math.floor(random() * n);
  // Most of the jobs that a life is for are over by then.
  const some = (): number => 1 + Math.floor(jobs * (0.3 + random()));
  return Array.from({ length: count }, (_, n): Kill => {
    const round = Math.floor(n / 8);
    switch (n % 8) {
      case 0:
      case 2:
      case 4:
        return { how: 'step', intent: some(), step: (round * 3 + (n % 8) / 2) % STEPS };
      case 1:
        return { how: 'hold', at: round % 2 === 0 ? 'before' : 'after', ...times(1500) };
      case 3:
        return { how: 'state', state: STATES[round % STATES.length] ?? 'intent', rental: some() };
      case 5:
        return { how: 'step', intent: 0, step: upTo(40 * jobs) };
      case 6:
        return { how: 'hold', at: round % 2 === 0 ? 'after' : 'before', ...times(300) };
      default:
        return { how: 'time', afterMs: random() * 600 * jobs };
    }
  });
  function times(lateMs: number) {
    return { afterMs: random() * 150 * jobs, lateMs: random() * lateMs };
  }
}

const OUTAGE_FAULTS = ['error-before', 'html-before', 'reset-before', 'rate-limited', 'error-after'] as const;

/** Now and then the whole API is away for a while. */
function outagesOn(market: SpawnedMarket, random: () => number) {
  let count = 0;
  const stopped = new AbortController();
  const run = async (): Promise<void> => {
    for (;;) {
      await sleep(4000 + random() * 8000, undefined, { signal: stopped.signal });
      const fault = OUTAGE_FAULTS[count++ % OUTAGE_FAULTS.length] ?? 'error-before';
      await market.outage({ seconds: 20 + random() * 70, fault });
    }
  };
  const running = run().catch((thrown: unknown) => {
    if (!stopped.signal.aborted) throw thrown;
  });
  return {
    count: () => count,
    stop: async (): Promise<void> => {
      stopped.abort();
      await running;
    },
  };
}

function killed(lives: readonly Life[]): RentalsCounts['kills'] {
  const planned = (how: Kill['how']): number =>
    lives.filter(({ kill, isPlanned }) => isPlanned && kill.how === how).length;
  const [step, state, hold] = [planned('step'), planned('state'), planned('hold')];
  return { step, state, hold, time: lives.length - step - state - hold };
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** What is not as it must be, in words. */
export function problemsOf(
  counts: RentalsCounts,
  { jobs }: Pick<RentalsCampaign, 'jobs'>,
): readonly string[] {
  const { jobs_over, all_ended, settled, statuses } = counts;
  const { succeeded = 0, failed = 0, cancelled = 0 } = statuses;
  const wanted: readonly (readonly [what: string, found: unknown, wanted: unknown])[] = [
    ['jobs', counts.jobs, jobs],
    ['jobs that have ended', succeeded + failed + cancelled, jobs],
    ['jobs that ended twice', counts.ended_twice, 0],
    ['jobs whose end changed', counts.changed_ends, 0],
    ['complaints', counts.complaints.join('; '), ''],
    ['instances without an owner after the jobs', jobs_over.unowned, 0],
    ['instances of no kept rental after the jobs', jobs_over.running - jobs_over.open, 0],
    ['instances running at the end', all_ended.running, 0],
    ['open rentals at the end', all_ended.open, 0],
    ['instances running after the bills', settled.running, 0],
    ['contracts that the ledger does not know', settled.unknown, 0],
    ['rentals without their bill', settled.by_clock, 0],
    ['rentals that are a cent off their bill', settled.off, 0],
    ['integrity', counts.integrity, 'ok'],
    ["files with the market's key", counts.key_in.join(', '), ''],
  ];
  const problems = wanted.flatMap(([what, found, right]) =>
    found === right ? [] : [`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(right)}`],
  );
  const difference = settled.ledger_usd - settled.market_usd;
  if (Math.abs(difference) >= 0.01) problems.push(`the ledger and the market are ${difference} USD apart`);
  const unpaid = settled.jobs_usd - settled.market_usd;
  if (Math.abs(unpaid) >= 0.01) problems.push(`the jobs and the market are ${unpaid} USD apart`);
  return problems;
}

const usd = (value: number): string => `$${value.toFixed(4)}`;
const listOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, n]) => `${n} ${name}`)
    .join(', ');

export function inWords(counts: RentalsCounts): string {
  const { jobs_over, all_ended, settled, faults } = counts;
  const kinds = MARKET_FAULTS.filter((fault) => (faults[fault] ?? 0) > 0).length;
  const faulty = Object.values(faults).reduce((sum, n) => sum + n, 0);
  const kills = Object.values(counts.kills).reduce((sum, n) => sum + n, 0);
  return [
    `${counts.jobs} provisioned jobs (${listOf(counts.statuses)}); kill -9 x ${kills} (${listOf(counts.kills)}; between ${counts.places.length} different pairs of lines);`,
    `${formatCount(faulty)} faults of ${kinds} kinds in ${formatCount(counts.calls)} calls, ${counts.outages} outages.`,
    `The market made ${settled.contracts} contracts, the ledger has ${settled.rentals} attempts (${settled.refused} made none), ${settled.reused} were used by more than one job.`,
    `After the jobs: ${jobs_over.running} instances run, ${jobs_over.unowned} without an owner; ${jobs_over.by_bill} rentals cost what a bill says, ${jobs_over.by_clock} what our clock says, the largest difference being ${usd(jobs_over.largest_difference_usd)}.`,
    `After the kept ones were destroyed: ${all_ended.running} run, ${all_ended.open} rentals are open.`,
    `With the last bills: ${settled.by_bill} rentals by bill, ${settled.by_clock} by our clock, ${settled.off} a cent or more off, the largest difference ${usd(settled.largest_difference_usd)};`,
    `ledger ${usd(settled.ledger_usd)}, market ${usd(settled.market_usd)}, jobs ${usd(settled.jobs_usd)}; ${settled.unknown} contracts unknown to the ledger.`,
    `Ended twice ${counts.ended_twice}, changed ends ${counts.changed_ends}, integrity ${counts.integrity}, files with the market's key ${counts.key_in.length}.`,
  ].join(' ');
}
