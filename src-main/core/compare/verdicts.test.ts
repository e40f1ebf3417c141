import { describe, expect, it } from 'vitest';
import { type MadeJob, madeJobs, madeSource } from '#core/testing/made-figures.ts';
import { compareQuery } from '#shared/contract/compare.ts';
import { normals, seeded } from '#shared/lib/random.ts';
import type { VerdictProgress } from '#shared/model/compare.ts';
import { type FigureSource, populationOf } from './population.ts';
import { prepare } from './prepare.ts';
import { judgeGroups } from './verdicts.ts';

async function judge(jobs: readonly MadeJob[], given: object = {}) {
  const steps: VerdictProgress[] = [];
  const query = compareQuery.parse(given);
  const prepared = prepare(populationOf([madeSource('own', jobs)]), query);
  for await (const step of judgeGroups(prepared, { smallest: 0.05 })) steps.push(step);
  const last = steps.at(-1);
  return {
    steps,
    verdicts: last?.verdicts ?? [],
    success: last?.success ?? [],
    note: last?.note,
    conditions: last?.conditions,
  };
}

/** Log-normal times of agent.ask around a median, log-sd 0.35. */
function timed(backend: string, count: number, medianMs: number, seed: number): readonly MadeJob[] {
  const normal = normals(seeded(seed));
  return madeJobs(backend, count, () => ({
    backend_type: backend,
    created_at: 1_777_000_000,
    spans: { 'agent.ask': medianMs * Math.exp(0.35 * normal()) },
  }));
}

describe('verdicts', () => {
  it('say the effect first, in words', async () => {
    const jobs = [...timed('bedrock', 120, 10_000, 1), ...timed('ollama', 96, 17_000, 2)];
    const { verdicts, steps } = await judge(jobs);
    const [found] = verdicts;
    expect(found).toMatchObject({ a: 'bedrock', b: 'ollama', verdict: 'better', effect_kind: 'ratio' });
    expect(found?.sentence).toMatch(
      /^bedrock is 1\.\d+ to \d\.\d+ times faster than ollama on agent\.ask \(n 120 and 96\)\.$/,
    );
    expect(found?.effect).toBeGreaterThan(found?.effect_low ?? 1);
    expect(found?.effect).toBeLessThan(found?.effect_high ?? 0);
    expect(found?.difference).toBeLessThan(0);
    expect(found?.cliffs_delta).toBeLessThan(-0.3);
    expect(found?.p).toBeLessThan(0.001);
    expect(steps[0]).toMatchObject({ done: 0, total: 1, verdicts: null, success: null });
  });

  it('say slower of the same seen from the other side', async () => {
    const jobs = [...timed('bedrock', 120, 10_000, 1), ...timed('ollama', 96, 17_000, 2)];
    const { verdicts } = await judge(jobs, { baseline: 'bedrock' });
    expect(verdicts[0]).toMatchObject({ a: 'ollama', verdict: 'worse' });
    expect(verdicts[0]?.sentence).toMatch(/^ollama is 1\.\d+ to \d\.\d+ times slower than bedrock/);
  });

  it('know that more tokens a second are better', async () => {
    const normal = normals(seeded(3));
    const jobs = ['fast', 'slow'].flatMap((backend_type) =>
      madeJobs(backend_type, 60, () => ({
        backend_type,
        call: { speed: (backend_type === 'fast' ? 80 : 40) * Math.exp(0.1 * normal()), source: 1 },
      })),
    );
    const { verdicts } = await judge(jobs, { measure: 'generation_speed' });
    expect(verdicts[0]).toMatchObject({ a: 'fast', verdict: 'better' });
    expect(verdicts[0]?.sentence).toMatch(/^fast is .* times faster than slow on generation speed/);
  });

  it('say that there is no difference that matters', async () => {
    const jobs = [...timed('a', 4000, 10_000, 4), ...timed('b', 4000, 10_000, 5)];
    const { verdicts } = await judge(jobs);
    expect(verdicts[0]?.verdict).toBe('no_difference');
    expect(verdicts[0]?.sentence).toBe(
      'No difference larger than 5.0 % between a and b on agent.ask (n 4000 and 4000).',
    );
  });

  it.each([0, 1, 2])('say that %i runs are not enough, and about how many are', async (n) => {
    const more: readonly MadeJob[] = [{ job_id: 'x', backend_type: 'few', status: 'failed' }];
    const { verdicts } = await judge([
      ...timed('many', 50, 10_000, 6),
      ...timed('few', n, 10_000, 7),
      ...more,
    ]);
    expect(verdicts[0]).toMatchObject({ verdict: 'not_enough' });
    expect(verdicts[0]?.more_runs).toBeGreaterThan(0);
    expect(verdicts[0]?.sentence).toMatch(
      new RegExp(`^Not enough runs to say .* \\(n 50 and ${n}\\): about [\\d,]+ more runs? per group\\.$`),
    );
  });

  it('of equal values are no difference, of zeros a difference in the unit', async () => {
    const equal = (backend_type: string, ms: number) =>
      madeJobs(backend_type, 40, () => ({ backend_type, spans: { 'agent.ask': ms } }));
    expect((await judge([...equal('a', 5), ...equal('b', 5)])).verdicts[0]).toMatchObject({
      verdict: 'no_difference',
      p: 1,
      effect: 1,
    });
    const zeros = (await judge([...equal('a', 0), ...equal('b', 1200)])).verdicts[0];
    expect(zeros).toMatchObject({ effect_kind: 'difference', effect: -1200, verdict: 'better' });
    expect(zeros?.sentence).toBe('a is 1.20 s faster than b on agent.ask (n 40 and 40).');
  });

  it('of jobs that all failed are not enough', async () => {
    const failed = (backend_type: string) =>
      madeJobs(backend_type, 40, () => ({ backend_type, status: 'failed', spans: { 'agent.ask': 5 } }));
    const { verdicts } = await judge([...failed('a'), ...failed('b')]);
    expect(verdicts[0]).toMatchObject({ verdict: 'not_enough', effect: null, p: null, cliffs_delta: null });
  });

  it('of one group, and of none, are none', async () => {
    expect((await judge(timed('a', 10, 1, 1))).verdicts).toEqual([]);
    expect((await judge([])).verdicts).toEqual([]);
  });

  it('compare every pair of up to 8 groups, and more with the largest', async () => {
    const groups = (count: number) =>
      Array.from({ length: count }, (_, i) => timed(`g${i}`, i === 4 ? 12 : 10, 100, i)).flat();
    expect((await judge(groups(8))).verdicts).toHaveLength(28);
    const { verdicts, note } = await judge(groups(9));
    expect(verdicts.map(({ b }) => b)).toEqual(Array.from({ length: 8 }, () => 'g4'));
    expect(note).toContain('compared with the largest, g4');
    expect((await judge(groups(9), { baseline: 'g0' })).verdicts.map(({ b }) => b)).toEqual(
      Array.from({ length: 8 }, () => 'g0'),
    );
  });

  it('correct for the number of comparisons', async () => {
    const pair = [...timed('a', 30, 100, 11), ...timed('b', 30, 130, 12)];
    const alone = (await judge(pair)).verdicts[0]?.p ?? 1;
    const others = [...timed('c', 30, 115, 13), ...timed('d', 30, 115, 14)];
    const among = (await judge([...pair, ...others])).verdicts.find(({ a, b }) => a === 'a' && b === 'b')?.p;
    expect(among).toBeGreaterThan(alone * 2);
  });

  it('warn of what else differed', async () => {
    const jobs = [...timed('a', 50, 100, 1), ...timed('b', 50, 200, 2)].map((job) => ({
      ...job,
      model: job.backend_type ?? null,
    }));
    const { note, conditions } = await judge(jobs);
    expect(conditions?.map(({ name }) => name)).toEqual(['model']);
    expect(note).toContain('The groups also differ in model');
  });
});

describe('verdicts on success', () => {
  /** As many jobs as fail, of as many as there are; the others take about so long. */
  const failing = (backend: string, count: number, failures: number, ms: number, seed = 1) =>
    timed(backend, count, ms, seed).map((job, i) => ({
      ...job,
      status: i < failures ? ('failed' as const) : ('succeeded' as const),
    }));

  it('say in points who succeeds less often, and take it into the sentence of who is faster for it', async () => {
    const { verdicts, success } = await judge([
      ...failing('quick', 200, 40, 8_000, 1),
      ...failing('steady', 200, 10, 16_000, 2),
    ]);
    expect(success).toMatchObject([
      { measure: 'success', a: 'quick', b: 'steady', verdict: 'worse', effect_kind: 'difference' },
    ]);
    expect(success[0]?.effect).toBeCloseTo(-15, 9);
    expect(success[0]?.effect_low).toBeGreaterThan(-23);
    expect(success[0]?.effect_high).toBeLessThan(-7);
    expect(success[0]?.sentence).toBe(
      'quick succeeds 15 points less often than steady (8.3 to 22; n 200 and 200).',
    );
    expect(verdicts[0]).toMatchObject({ measure: 'agent.ask', verdict: 'better' });
    expect(verdicts[0]?.sentence).toMatch(
      /^quick is .* times faster than steady on agent\.ask \(n 160 and 190\), but succeeds 15 points less often\.$/,
    );
    const [back] = (
      await judge([...failing('quick', 200, 40, 8_000, 1), ...failing('steady', 200, 10, 16_000, 2)], {
        baseline: 'quick',
      })
    ).verdicts;
    expect(back?.sentence).toMatch(
      /^steady is .* slower than quick .*, but succeeds 15 points more often\.$/,
    );
  });

  it('leave the sentence alone where the faster one succeeds as often, or more often', async () => {
    const { verdicts, success } = await judge([
      ...failing('quick', 200, 2, 8_000, 1),
      ...failing('steady', 200, 60, 16_000, 2),
    ]);
    expect(success[0]?.verdict).toBe('better');
    expect(verdicts[0]?.sentence).toMatch(/\(n 198 and 140\)\.$/);
  });

  it('say that there is no difference that matters, or how many runs it takes', async () => {
    const many = await judge([...failing('a', 2000, 20, 10_000), ...failing('b', 2000, 22, 10_000)]);
    expect(many.success[0]?.sentence).toBe(
      'No difference larger than 5 points in how often a and b succeed (n 2000 and 2000).',
    );
    const few = await judge([...failing('a', 12, 1, 10_000), ...failing('b', 10, 0, 10_000)]);
    expect(few.success[0]).toMatchObject({ verdict: 'not_enough' });
    expect(few.success[0]?.sentence).toMatch(
      /^Not enough runs to say whether a or b succeeds more often \(n 12 and 10\): about \d+ more runs per group\.$/,
    );
  });

  it('are of jobs that all failed, and not of those that were cancelled or still run', async () => {
    const cancelled = madeJobs('c', 30, () => ({ backend_type: 'a', status: 'cancelled' }));
    const running = madeJobs('r', 30, () => ({ backend_type: 'b', status: 'running' }));
    const { success, verdicts } = await judge([
      ...failing('a', 40, 40, 1),
      ...failing('b', 40, 0, 1),
      ...cancelled,
      ...running,
    ]);
    expect(verdicts[0]?.verdict).toBe('not_enough');
    expect(success[0]).toMatchObject({ verdict: 'worse', effect: -100, effect_low: -100 });
    expect(success[0]?.sentence).toMatch(
      /^a succeeds 100 points less often than b \(\d+ to 100; n 40 and 40\)/,
    );
    const none = await judge([...cancelled, ...running]);
    expect(none.success[0]).toMatchObject({ verdict: 'not_enough', effect: null, p: null });
  });

  it('are of the same pairs as the others, and corrected among themselves', async () => {
    const jobs = ['a', 'b', 'c'].flatMap((name, i) => failing(name, 60, i * 6, 10_000, i));
    const { verdicts, success } = await judge(jobs);
    expect(success.map(({ a, b }) => [a, b])).toEqual(verdicts.map(({ a, b }) => [a, b]));
    const alone = await judge(jobs.filter(({ backend_type }) => backend_type !== 'b'));
    const among = success.find(({ a, b }) => a === 'a' && b === 'c');
    expect(among?.p).toBeCloseTo((alone.success[0]?.p ?? 0) * 3, 12);
  });
});

describe('many jobs', () => {
  const spread = (groups: number): readonly MadeJob[] => {
    const normal = normals(seeded(8));
    return madeJobs('j', 20_000, (i) => ({
      backend_type: `g${i % groups}`,
      spans: { 'agent.ask': 10_000 * Math.exp(0.35 * normal()) },
    }));
  };

  it.each([4, 8, 10, 50])('in %i groups take under 2 s, and let others have their turns', async (groups) => {
    const jobs = spread(groups);
    const prepared = prepare(populationOf([madeSource('own', jobs)]), compareQuery.parse({}));
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    const start = performance.now();
    let last: VerdictProgress | undefined;
    for await (const step of judgeGroups(prepared, { smallest: 0.05 })) last = step;
    clearInterval(ticking);
    expect(performance.now() - start).toBeLessThan(2000);
    expect(last?.verdicts).toHaveLength(groups <= 8 ? (groups * (groups - 1)) / 2 : groups - 1);
    expect(turns).toBeGreaterThan(1);
  });

  it('let others have their turns between labels that are slow to read, and read none once aborted', async () => {
    const labels = { 'agent.ask:agent_version': '1', 'driver.call:driver_version': '1' };
    const jobs = madeJobs('j', 40, (i) => ({
      backend_type: i % 2 === 0 ? 'a' : 'b',
      spans: { 'agent.ask': 10, 'driver.call': 5 },
      labels,
    }));
    const read: string[] = [];
    const order: string[] = [];
    const { source, figures } = madeSource('own', jobs);
    const slow: FigureSource = {
      source,
      figures: {
        ...figures,
        attribute: (event, key) => {
          read.push(key);
          order.push(key);
          setImmediate(() => order.push('another'));
          return figures.attribute(event, key);
        },
      },
    };
    const prepared = prepare(populationOf([slow]), compareQuery.parse({}));
    for await (const _ of judgeGroups(prepared, { smallest: 0.05 }));
    expect(read.length).toBeGreaterThan(2);
    for (const [i, what] of order.entries()) if (i % 2 === 1) expect(what).toBe('another');

    read.length = 0;
    const controller = new AbortController();
    const steps: VerdictProgress[] = [];
    const judging = judgeGroups(prepared, { smallest: 0.05, signal: controller.signal });
    setImmediate(() => setImmediate(() => controller.abort()));
    for await (const step of judging) steps.push(step);
    expect(read.length).toBeLessThan(3);
    expect(steps.at(-1)?.verdicts).toBeNull();
  });
});
