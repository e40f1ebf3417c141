import { describe, expect, it } from 'vitest';
import { type MadeJob, madeJobs, madeSource } from '#core/testing/made-figures.ts';
import { compareQuery } from '#shared/contract/compare.ts';
import { normals, seeded } from '#shared/lib/random.ts';
import type { ComparisonVerdict } from '#shared/model/compare.ts';
import { populationOf } from './population.ts';
import { prepare } from './prepare.ts';
import { judgeGroups } from './verdicts.ts';

async function judge(jobs: readonly MadeJob[], measure = 'tokens_out', smallest = 0.05) {
  const prepared = prepare(populationOf([madeSource('own', jobs)]), compareQuery.parse({ measure }));
  let found: readonly ComparisonVerdict[] = [];
  for await (const { verdicts } of judgeGroups(prepared, { smallest })) found = verdicts ?? found;
  return found;
}

/** Jobs that wrote so many tokens. */
const wrote = (backend_type: string, tokens: readonly number[]): readonly MadeJob[] =>
  madeJobs(backend_type, tokens.length, (i) => ({ backend_type, call: { output: tokens[i] ?? 0 } }));
const times = (n: number, value: number): readonly number[] => Array<number>(n).fill(value);

describe('the words of a verdict', () => {
  it('follow the test where ties hold the typical difference at nothing', async () => {
    const [found] = await judge([
      ...wrote('a', [...times(50, 1), ...times(50, 2)]),
      ...wrote('b', [...times(95, 1), ...times(5, 2)]),
    ]);
    expect(found).toMatchObject({ verdict: 'worse', effect: 1 });
    expect(found?.sentence).toBe('a is up to 2 times higher than b on tokens written (n 100 and 100).');
    const [inUnit] = await judge([
      ...wrote('a', [...times(50, 0), ...times(50, 2)]),
      ...wrote('b', [...times(95, 0), ...times(5, 2)]),
    ]);
    expect(inUnit).toMatchObject({ verdict: 'worse', effect: 0, effect_kind: 'difference' });
    expect(inUnit?.sentence).toBe('a is up to 2 tok higher than b on tokens written (n 100 and 100).');
  });

  it('never say the opposite of the verdict, nor of its interval', async () => {
    const next = seeded(4);
    for (let trial = 0; trial < 200; trial++) {
      const [n, m, p, q] = [next(), next(), next(), next()];
      const draw = (size: number, share: number) =>
        Array.from({ length: 2 + Math.floor(size * 90) }, () =>
          next() < share ? 1 : 2 + Math.floor(next() * 3),
        );
      const [found] = await judge([...wrote('a', draw(n, p)), ...wrote('b', draw(m, q))]);
      if (found === undefined) throw new Error('no verdict');
      const { a, sentence, verdict, effect_low, effect_high } = found;
      const [low, high] = [effect_low ?? 0, effect_high ?? Number.POSITIVE_INFINITY];
      if (verdict === 'better') expect(sentence).toMatch(new RegExp(`^${a} is .* lower than`));
      if (verdict === 'worse') expect(sentence).toMatch(new RegExp(`^${a} is .* higher than`));
      if (sentence.includes('typically')) {
        expect([low >= 1 / 1.05, high <= 1.05]).toEqual([true, true]);
        continue;
      }
      if (verdict === 'better') expect(low).toBeLessThan(1);
      if (verdict === 'worse') expect(high).toBeGreaterThan(1);
      if (verdict === 'no_difference') expect([low >= 1 / 1.05, high <= 1.05]).toEqual([true, true]);
      if (verdict === 'not_enough') expect(sentence).toMatch(/^Not enough runs/);
    }
  });

  it('do not say "no difference" where most runs are alike and one group has far more slow ones', async () => {
    const normal = normals(seeded(7));
    const mixed = (backend_type: string, slow: number) =>
      madeJobs(backend_type, 400, (i) => ({
        backend_type,
        spans: { 'agent.ask': (i < slow ? 60_000 : 10_000) * Math.exp(0.01 * normal()) },
      }));
    const [found] = await judge([...mixed('a', 120), ...mixed('b', 8)], 'agent.ask');
    expect(found?.p).toBeLessThan(0.001);
    expect(found?.verdict).toBe('worse');
    expect(found?.sentence).toBe(
      'a is more often slower than b on agent.ask than faster, though typically they differ by no more than 5.0 % (n 400 and 400).',
    );
  });
});
