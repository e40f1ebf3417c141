import { DIMENSIONS, type Dimension } from '#shared/model/compare.ts';
import { CodedError } from '#shared/model/failure.ts';
import { cell, type Population } from './population.ts';

/** A value per job out of few: job `row` has `names[of[row]]`; '' is none. */
export interface Categories {
  readonly names: readonly string[];
  readonly of: Int32Array;
}

/** Longer values are alike when they begin alike. */
const MAX_NAME = 256;
const ATTRIBUTE = /^attribute:([^:]+):(.+)$/;

export const isAttribute = (dimension: string): boolean => ATTRIBUTE.test(dimension);

/** Values of one of DIMENSIONS or of `attribute:<span name>:<key>`. Throws `request.invalid` for another name. */
export function categoriesOf(population: Population, dimension: string): Categories {
  const [, event, key] = ATTRIBUTE.exec(dimension) ?? [];
  if (event !== undefined && key !== undefined) return attributeOf(population, event, key);
  if (!isDimension(dimension)) {
    throw new CodedError(
      'request.invalid',
      `Jobs cannot be grouped by "${dimension}". Choose one of ${DIMENSIONS.join(', ')}, or attribute:<span name>:<key>.`,
    );
  }
  if (dimension === 'source')
    return {
      names: population.sources.map(({ source }) => source),
      of: Int32Array.from(population.origin),
    };
  return compact(population.texts, population[dimension]);
}

/** Only the texts that a column holds; no text and an empty one are the same. */
function compact(texts: readonly string[], column: Int32Array): Categories {
  const names: string[] = [];
  const numbers = new Int32Array(texts.length + 1).fill(-1);
  const of = column.map((number) => {
    const text = texts[number] ?? '';
    const place = text === '' ? 0 : number + 1;
    if (numbers[place] === -1) numbers[place] = names.push(text) - 1;
    return cell(numbers, place);
  });
  return { names, of };
}

const isDimension = (name: string): name is Dimension => (DIMENSIONS as readonly string[]).includes(name);

/** By rule: `nameOf(row)`, for rules whose names repeat. */
export function categoriesBy(population: Population, nameOf: (row: number) => string): Categories {
  const names: string[] = [];
  const known = new Map<string, number>();
  const of = new Int32Array(population.count);
  for (let row = 0; row < population.count; row++) {
    const name = nameOf(row);
    let number = known.get(name);
    if (number === undefined) {
      number = names.push(name) - 1;
      known.set(name, number);
    }
    of[row] = number;
  }
  return { names, of };
}

function attributeOf(population: Population, event: string, key: string): Categories {
  const values = new Array<string>(population.count).fill('');
  const shown = new Map<string, string>();
  for (const [at, { figures }] of population.sources.entries()) {
    const { row, value } = figures.attribute(event, key);
    const rows = population.rowOf[at];
    for (let i = 0; i < row.length && rows !== undefined; i++) {
      const to = cell(rows, cell(row, i));
      if (to === -1) continue;
      const raw = value[i] ?? '';
      let name = shown.get(raw);
      if (name === undefined) {
        name = nameOf(raw);
        shown.set(raw, name);
      }
      values[to] = name;
    }
  }
  return categoriesBy(population, (row) => values[row] ?? '');
}

/** Objects are alike whatever the order of their keys. */
function nameOf(value: string): string {
  const text = /^\s*[[{]/.test(value) ? sorted(value) : value;
  return text.length <= MAX_NAME ? text : `${text.slice(0, MAX_NAME - 1)}…`;
}

function sorted(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    );
  } catch {
    return json;
  }
}
