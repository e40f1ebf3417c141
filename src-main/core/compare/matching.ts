import { seeded } from '#shared/lib/random.ts';
import { conditionNamed } from './condition-list.ts';
import { finishedRows } from './outcomes.ts';
import { cell, type Population } from './population.ts';
import type { Group } from './selection.ts';

export interface Matched {
  readonly groups: readonly Group[];
  /** Finished jobs whose values of the conditions do not occur in every group. */
  readonly unmatched: number;
  /** Finished jobs left out so that every group has the same mix. */
  readonly thinned: number;
}

const SEED = 20_261_122;

/**
 * Makes groups alike in some conditions: of each combination of their values that every group has, every group keeps
 * jobs in the same proportion (a whole multiple of the smallest group's count), chosen at random with a fixed seed.
 * Groups then have the same mix, and every statistic of unstratified groups holds. Unfinished jobs stay counted.
 */
export function matchGroups(
  population: Population,
  groups: readonly Group[],
  names: readonly string[],
  by: string,
): Matched {
  if (names.length === 0) return { groups, unmatched: 0, thinned: 0 };
  const stratum = strataOf(population, names, by);
  const parts = groups.map(({ rows }) => {
    const strata = new Map<number, number[]>();
    const finished = finishedRows(population, rows);
    for (const row of finished) {
      const own = strata.get(cell(stratum, row));
      if (own === undefined) strata.set(cell(stratum, row), [row]);
      else own.push(row);
    }
    return { strata, finished: new Set(finished) };
  });
  // A group without a finished job is compared with nobody.
  const compared = parts.filter(({ finished }) => finished.size > 0);
  const shared = [...(compared[0]?.strata.keys() ?? [])].filter((key) =>
    compared.every(({ strata }) => strata.has(key)),
  );
  const fewest = new Map(
    shared.map((key) => [key, Math.min(...compared.map(({ strata }) => strata.get(key)?.length ?? 0))]),
  );
  const random = seeded(SEED);
  let unmatched = 0;
  let thinned = 0;
  const matched = groups.map(({ key, rows }, at): Group => {
    const { strata = new Map<number, number[]>(), finished = new Set<number>() } = parts[at] ?? {};
    const times = Math.floor(
      shared.reduce(
        (least, s) => Math.min(least, (strata.get(s)?.length ?? 0) / (fewest.get(s) ?? 1)),
        Number.POSITIVE_INFINITY,
      ),
    );
    const kept = new Set<number>();
    let present = 0;
    for (const s of shared) {
      const jobs = strata.get(s) ?? [];
      present += jobs.length;
      for (const row of choose(jobs, times * (fewest.get(s) ?? 0), random)) kept.add(row);
    }
    unmatched += finished.size - present;
    thinned += present - kept.size;
    return { key, rows: rows.filter((row) => kept.has(row) || !finished.has(row)) };
  });
  return { groups: matched, unmatched, thinned };
}

/** A number per combination of values, by row. */
function strataOf(population: Population, names: readonly string[], by: string): Int32Array {
  let stratum = new Int32Array(population.count);
  for (const name of names) {
    const { names: values, of } = conditionNamed(name, by).categories(population);
    // Two numbers of one name (no value, and an empty one) are one value.
    const same = new Map<string, number>();
    const canonical = values.map((value, i) => {
      if (!same.has(value)) same.set(value, i);
      return same.get(value) ?? i;
    });
    const known = new Map<number, number>();
    const next = new Int32Array(population.count);
    for (let row = 0; row < population.count; row++) {
      const combined = cell(stratum, row) * values.length + (canonical[cell(of, row)] ?? 0);
      let number = known.get(combined);
      if (number === undefined) {
        number = known.size;
        known.set(combined, number);
      }
      next[row] = number;
    }
    stratum = next;
  }
  return stratum;
}

/** Some of the rows, each choice as likely as any other. */
function choose(rows: readonly number[], count: number, random: () => number): readonly number[] {
  const pool = [...rows];
  for (let i = 0; i < Math.min(count, pool.length - 1); i++) {
    const other = i + Math.floor(random() * (pool.length - i));
    [pool[i], pool[other]] = [pool[other] as number, pool[i] as number];
  }
  return pool.slice(0, count);
}
