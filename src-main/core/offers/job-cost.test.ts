import { describe, expect, it } from 'vitest';
import { normals, seeded } from '#shared/lib/random.ts';
import { Z_80 } from '#shared/lib/statistics/normal.ts';
import type { Spread } from '#shared/model/offers.ts';
import { LOG_SD, makeDraws } from './draws.ts';
import { createJobSpread, type JobMedians } from './job-cost.ts';

const spread = createJobSpread();

const JOB: JobMedians = {
  boot_s: 60,
  download_s: 110,
  load_s: 5,
  run_s: 35,
  usd_hour: 0.4,
  download_usd: 0.03,
  hazard: -Math.log(0.997) / 86_400,
  no_answer: 0.04,
  no_answer_s: 1200,
};
const SURE: JobMedians = { ...JOB, hazard: 0, no_answer: 0 };
const NOTHING: JobMedians = { ...SURE, boot_s: 0, download_s: 0, load_s: 0, run_s: 0 };

/** The same by independent draws, attempt after attempt. */
function simulated(job: JobMedians, runs: number): { readonly seconds: Spread; readonly usd: Spread } {
  const next = seeded(20_261_123);
  const z = normals(next);
  const part = (median: number, sd: number): number => median * Math.exp(sd * z());
  const seconds: number[] = [];
  const usd: number[] = [];
  for (let run = 0; run < runs; run++) {
    let total = 0;
    let downloads = 0;
    for (;;) {
      if (next() < job.no_answer) {
        total += job.no_answer_s;
        continue;
      }
      const boot = part(job.boot_s, LOG_SD.boot);
      const download = part(job.download_s, LOG_SD.download);
      const whole = boot + download + part(job.load_s, LOG_SD.load) + part(job.run_s, LOG_SD.run);
      const lostAt = -Math.log(1 - next()) / job.hazard;
      if (lostAt >= whole) {
        total += whole;
        downloads += 1;
        break;
      }
      total += lostAt;
      downloads += Math.min(1, Math.max(0, (lostAt - boot) / download));
    }
    seconds.push(total);
    usd.push((total * job.usd_hour) / 3600 + downloads * job.download_usd);
  }
  const of = (values: number[]): Spread => {
    const ascending = values.toSorted((a, b) => a - b);
    const at = (p: number): number => ascending[Math.floor((runs - 1) * p)] ?? Number.NaN;
    return { p10: at(0.1), p50: at(0.5), p90: at(0.9) };
  };
  return { seconds: of(seconds), usd: of(usd) };
}

const LEVELS = ['p10', 'p50', 'p90'] as const;
function expectWithin(actual: Spread, expected: Spread, share: number): void {
  for (const level of LEVELS)
    expect(Math.abs(actual[level] / expected[level] - 1), level).toBeLessThan(share);
}

describe('the cost of one job on one offer', () => {
  it.each([
    ['boot_s', LOG_SD.boot],
    ['download_s', LOG_SD.download],
    ['load_s', LOG_SD.load],
    ['run_s', LOG_SD.run],
  ] as const)('is log-normal where only %s takes time', (part, sd) => {
    const { seconds, usd } = spread({ ...NOTHING, [part]: 100 });
    const expected = { p10: 100 * Math.exp(-Z_80 * sd), p50: 100, p90: 100 * Math.exp(Z_80 * sd) };
    expectWithin(seconds, expected, 0.01);
    const cost = (s: number): number => (s * 0.4) / 3600 + 0.03;
    for (const level of LEVELS) expect(usd[level]).toBeCloseTo(cost(seconds[level]), 12);
  });

  it.each([
    ['a usual job', JOB, 0.04],
    ['a long one', { ...JOB, run_s: 3600 }, 0.03],
    [
      'ten hours on a machine that is not reliable',
      { ...JOB, run_s: 36_000, hazard: -Math.log(0.9) / 86_400 },
      0.03,
    ],
    ['machines of which a fifth never answers', { ...JOB, download_s: 2000, no_answer: 0.2 }, 0.03],
    ['parts of one size', { ...SURE, boot_s: 100, download_s: 100, load_s: 100, run_s: 100 }, 0.03],
  ])('is what independent draws come to: %s', (_name, job, share) => {
    const expected = simulated(job, 100_000);
    const actual = spread(job);
    expectWithin(actual.seconds, expected.seconds, share);
    expectWithin(actual.usd, expected.usd, share);
  });

  it('says the same each time, and for draws made anew', () => {
    expect(spread(JOB)).toEqual(spread(JOB));
    expect(createJobSpread(makeDraws(256))(JOB)).toEqual(spread(JOB));
  });

  it('never gets cheaper or sooner by what is worse', () => {
    const next = seeded(5);
    const between = (low: number, high: number): number => low + (high - low) * next();
    let moved = 0;
    for (let round = 0; round < 300; round++) {
      const job: JobMedians = {
        boot_s: between(10, 300),
        download_s: between(5, 3000),
        load_s: between(1, 100),
        run_s: between(5, 20_000),
        usd_hour: between(0.05, 5),
        download_usd: between(0, 1),
        hazard: -Math.log(1 - between(0, 0.5)) / 86_400,
        no_answer: between(0.01, 0.4),
        no_answer_s: 1200,
      };
      const before = spread(job);
      const worse = (more: Partial<JobMedians>) => spread({ ...job, ...more });
      for (const level of LEVELS) {
        expect(worse({ usd_hour: job.usd_hour * 1.1 }).usd[level]).toBeGreaterThan(before.usd[level]);
        expect(worse({ download_usd: job.download_usd + 0.1 }).usd[level]).toBeGreaterThan(before.usd[level]);
        for (const part of ['boot_s', 'download_s', 'load_s', 'run_s'] as const)
          expect(worse({ [part]: job[part] * 1.2 }).seconds[level]).toBeGreaterThan(before.seconds[level]);
        const risky = worse({ hazard: job.hazard * 1.5 });
        expect(risky.seconds[level]).toBeGreaterThanOrEqual(before.seconds[level]);
        expect(risky.usd[level]).toBeGreaterThanOrEqual(before.usd[level]);
        const silent = worse({ no_answer: job.no_answer * 1.5 });
        expect(silent.usd[level]).toBeGreaterThanOrEqual(before.usd[level]);
      }
      if (worse({ hazard: job.hazard * 1.5 }).usd.p90 > before.usd.p90) moved += 1;
    }
    expect(moved).toBeGreaterThan(150);
  });

  it('comes to an end where no attempt can', () => {
    const { seconds, usd } = spread({ ...JOB, hazard: 1, no_answer: 1 });
    expect(Number.isFinite(seconds.p90) && Number.isFinite(usd.p90)).toBe(true);
    expect(seconds.p10).toBeGreaterThan(20 * 1200);
  });
});
