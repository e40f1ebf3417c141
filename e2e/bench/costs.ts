import { performance } from 'node:perf_hooks';
import { calibrate } from '#core/costs/calibration.ts';
import { LEVELS } from '#core/costs/doubt.ts';
import { createOutcomeList } from '#core/costs/outcome-list.ts';
import { createEngine } from '#core/engine.ts';
import { openOwn } from '#core/store/own-file.ts';
import { type CostStore, costStore } from '#core/testing/cost-store.ts';
import { testPorts } from '#core/testing/ports.ts';
import {
  bestConfidence,
  claimsOf,
  forecastsOf,
  heterogeneous,
  type SimulatedJob,
  simulateCosts,
} from '#core/testing/simulated-costs.ts';
import { binomialBand } from '#shared/lib/statistics/proportion.ts';
import { bestConstantBrier, brierScore, empiricalCoverage } from '#shared/lib/statistics/scores.ts';
import type { Calibration } from '#shared/model/costs.ts';
import { type BenchFigure, figure } from './figure.ts';

const HISTORY = 100_000;
const ESTIMATES = 400;
const LIMIT_MS = 20;
const JOBS = 5000;
const LOG_SD = 0.35;
const EIGHTY = LEVELS.indexOf(0.8);
/** Fixed before the first run was seen. */
const SEED = 20261122;

/** How quick an estimate is, and whether what it claims comes true. */
export async function benchCosts(): Promise<readonly BenchFigure[]> {
  return [...(await latency()), ...(await homogeneous()), ...(await shifted()), ...(await differing())];
}

/** At the contract, over a store of 100,000 ended jobs: tokens at a price of the book, whose doubt is folded in. */
async function latency(): Promise<readonly BenchFigure[]> {
  const { ports, dataDir, remove } = testPorts();
  const { db, ownership } = openOwn(dataDir, 0);
  db.prepare(`
WITH RECURSIVE job(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM job WHERE i < ?)
INSERT INTO rs_outcome (job_id, ended_at, status, demo, provider, backend_type, model, agent, duration_s, tokens_in,
  tokens_out, actual_usd, actual_basis, log_ratio, grounds)
SELECT 'job-' || i, i, CASE WHEN i % 10 = 0 THEN 'failed' ELSE 'succeeded' END, i % 17 = 0,
  CASE i % 3 WHEN 0 THEN 'local' ELSE 'aws' END, CASE i % 3 WHEN 0 THEN 'ollama' ELSE 'bedrock' END,
  CASE i % 7 WHEN 0 THEN 'claude-3-haiku' ELSE 'model-' || (i % 40) END, 'agent-' || (i % 9), 10 + i % 50,
  1000 + i % 900, 100 + i % 90, 0.01, 'reported-tokens', ((i * 7919) % 1000 - 500) / 1000.0, 'agent'
FROM job`).run(HISTORY);
  db.close();
  ownership.release();
  const engine = await createEngine(ports, { mode: 'own' });
  const figures: BenchFigure[] = [];
  for (const [what, request] of [
    ['tokens at a book price', { aws: true, model: 'claude-3-haiku' }],
    ['own hardware', { local_hardware: true, model: 'claude-3-haiku', estimated_duration_seconds: 0 }],
    ['a model without any history', { local_hardware: true, model: 'new', estimated_duration_seconds: 0 }],
  ] as const) {
    const runs: number[] = [];
    for (let i = 0; i < ESTIMATES; i++) {
      const start = performance.now();
      await engine.client.costs.estimate(request);
      runs.push(performance.now() - start);
    }
    const p95 = runs.toSorted((a, b) => a - b)[Math.ceil(0.95 * ESTIMATES) - 1] ?? Number.NaN;
    figures.push(
      figure(`costs: estimate of ${what}, 100,000 jobs behind it, p95`, p95, 'ms', {
        target: `< ${LIMIT_MS} ms`,
        met: p95 < LIMIT_MS,
      }),
    );
  }
  await engine.dispose();
  remove();
  return figures;
}

const inStore = async (
  run: (store: CostStore) => Promise<readonly SimulatedJob[]>,
): Promise<readonly SimulatedJob[]> => {
  const store = costStore();
  try {
    return await run(store);
  } finally {
    store.close();
  }
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share: number): number => share * 100;

function coverage(
  name: string,
  jobs: readonly SimulatedJob[],
  [low, high]: readonly [number, number],
): BenchFigure[] {
  const share = empiricalCoverage(claimsOf(jobs)).value?.share ?? Number.NaN;
  const truth = mean(jobs.map(({ true_coverages }) => true_coverages[EIGHTY] ?? Number.NaN));
  const band = binomialBand(truth, jobs.length).value;
  return [
    figure(`costs: ${name}, 80 % intervals cover`, percent(share), '%', {
      target: `${low} to ${high} %`,
      met: percent(share) >= low && percent(share) <= high,
    }),
    figure(`costs: ${name}, the same by the known truth`, percent(truth), '%', {
      target: 'what came lies in its binomial band',
      met: band !== null && share >= band.low && share <= band.high,
    }),
  ];
}

async function homogeneous(): Promise<readonly BenchFigure[]> {
  const groups = [{ model: 'm', median: 60, logSd: LOG_SD }];
  let page: Calibration | null = null;
  const jobs = await inStore(async (store) => {
    const done = await simulateCosts(store, { seed: SEED, jobs: JOBS, groups });
    const { claims, leftOut } = createOutcomeList(store.db).claims({});
    page = calibrate(claims, leftOut);
    return done;
  });
  const forecasts = forecastsOf(jobs);
  const claimed = mean(jobs.map(({ estimate }) => estimate.confidence_score));
  const truth = mean(jobs.map((job) => job.true_confidence));
  return [
    ...coverage(`${JOBS} jobs of log-sd ${LOG_SD}`, jobs, [78, 82]),
    ...pageAgainstTruth(page, jobs),
    figure('costs: confidence_score of the same, mean', percent(claimed), '%', {
      reference: percent(truth),
      target: 'within 2 points of the known truth',
      met: Math.abs(claimed - truth) < 0.02,
    }),
    figure('costs: the most that any estimate of them could claim', percent(bestConfidence(LOG_SD)), '%'),
    // All jobs are alike: a constant that is chosen afterwards cannot be beaten, only be met.
    figure('costs: Brier score of the same', brierScore(forecasts).value ?? Number.NaN, '', {
      reference: bestConstantBrier(forecasts).value ?? Number.NaN,
    }),
  ];
}

/** What the calibration page says of the same store, beside what is known to be true of it. */
function pageAgainstTruth(page: Calibration | null, jobs: readonly SimulatedJob[]): BenchFigure[] {
  const all = page?.groups.find(({ group }) => group === 'all');
  const rows = (all?.coverage ?? []).map(({ claimed, empirical }, level) => {
    const share = percent(empirical ?? Number.NaN);
    const truth = percent(mean(jobs.map(({ true_coverages }) => true_coverages[level] ?? Number.NaN)));
    return figure(`costs: calibration page, ${percent(claimed)} % intervals cover`, share, '%', {
      reference: truth,
      target: 'within 2 points of the known truth',
      met: Math.abs(share - truth) < 2,
    });
  });
  const bias = all?.log_bias ?? Number.NaN;
  return [
    ...rows,
    figure('costs: calibration page, bias in log(cost)', bias, '', {
      target: 'within 0.02 of the known 0',
      met: Math.abs(bias) < 0.02,
    }),
  ];
}

async function shifted(): Promise<readonly BenchFigure[]> {
  const groups = [{ model: 'm', median: 60, logSd: LOG_SD }];
  const from = 1000;
  const jobs = await inStore((store) =>
    simulateCosts(store, { seed: SEED, jobs: from + 1500, groups, shift: { from, factor: 1.5 } }),
  );
  return coverage('jobs 501 to 1,500 after a shift by 1.5', jobs.slice(from + 500), [75, 85]);
}

async function differing(): Promise<readonly BenchFigure[]> {
  const groups = heterogeneous(LOG_SD);
  const jobs = await inStore((store) => simulateCosts(store, { seed: SEED, jobs: JOBS, groups }));
  const forecasts = forecastsOf(jobs);
  const ours = brierScore(forecasts).value ?? Number.NaN;
  const constant = bestConstantBrier(forecasts).value ?? Number.NaN;
  return [
    ...coverage(`groups of different log-sd, root mean square ${LOG_SD}`, jobs, [78, 82]),
    figure('costs: Brier score of confidence_score there', ours, '', {
      reference: constant,
      target: 'below the best constant',
      met: ours < constant,
    }),
  ];
}
