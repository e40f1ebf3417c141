import type { JobColumns, JobFigures } from '#core/store/job-figures.ts';
import type { SourceId } from '#shared/model/source.ts';

export interface FigureSource {
  readonly source: SourceId;
  readonly figures: JobFigures;
}

/** The jobs of some sources, each once: row i of every column is one job, whichever source it came from. */
export interface Population extends JobColumns {
  readonly sources: readonly FigureSource[];
  /** Index into `sources`: the first that has the job. */
  readonly origin: Uint8Array;
  /** How many further sources have it too. */
  readonly copies: Uint8Array;
  /** Per source: the row here of each of its rows; -1 where an earlier source has the job. */
  readonly rowOf: readonly Int32Array[];
}

export const TEXT_COLUMNS = [
  'tenant_id',
  'kind',
  'status',
  'agent',
  'backend_type',
  'backend_url',
  'provider_type',
  'model',
  'question',
] as const;
const NUMBER_COLUMNS = ['created_at', 'queue_ms', 'duration_ms', 'cost_usd'] as const;
const FLAG_COLUMNS = ['demo', 'suspected_failure'] as const;

/** A column's value at a row that is inside. */
export const cell = (column: Int32Array | Uint8Array | Float64Array, row: number): number =>
  column[row] as number;

/** Whether its sources still number their jobs as they did: where jobs were removed, figures asked for now are of others. */
export function isAsItWas({ sources, rowOf, job_id }: Population): boolean {
  return sources.every(({ figures }, at) => {
    const now = figures.jobs().job_id;
    return (rowOf[at] as Int32Array).every((row, i) => row === -1 || now[i] === job_id[row]);
  });
}

const MAX_KEPT = 4;

/** Populations by what they are made of: the same until a source gives other columns. */
export class Populations {
  private readonly kept: { readonly columns: readonly JobColumns[]; readonly population: Population }[] = [];

  of(sources: readonly FigureSource[]): Population {
    const columns = sources.map(({ figures }) => figures.jobs());
    const known = this.kept.find(
      ({ population, columns: before }) =>
        before.length === columns.length &&
        before.every((column, i) => column === columns[i]) &&
        population.sources.every(({ source }, i) => source === sources[i]?.source),
    );
    if (known !== undefined) return known.population;
    const population = populationOf(sources, columns);
    this.kept.unshift({ columns, population });
    this.kept.splice(MAX_KEPT);
    return population;
  }
}

export function populationOf(
  sources: readonly FigureSource[],
  columns: readonly JobColumns[] = sources.map(({ figures }) => figures.jobs()),
): Population {
  const [only] = columns;
  if (only !== undefined && columns.length === 1) {
    const { count } = only;
    const rowOf = [Int32Array.from({ length: count }, (_, row) => row)];
    return { ...only, sources, origin: new Uint8Array(count), copies: new Uint8Array(count), rowOf };
  }
  return merged(sources, columns);
}

function merged(sources: readonly FigureSource[], columns: readonly JobColumns[]): Population {
  const { rowOf, copies, count } = placesOf(columns);
  const origin = new Uint8Array(count);
  const jobIds = new Array<string>(count);
  const texts: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    let number = numbers.get(text);
    if (number === undefined) {
      number = texts.push(text) - 1;
      numbers.set(text, number);
    }
    return number;
  };
  const text = eachOf(TEXT_COLUMNS, () => new Int32Array(count));
  const number = eachOf(NUMBER_COLUMNS, () => new Float64Array(count));
  const flag = eachOf(FLAG_COLUMNS, () => new Uint8Array(count));
  for (const [at, of] of columns.entries()) {
    const textHere = Int32Array.from(of.texts, numberOf);
    const rows = rowOf[at] as Int32Array;
    for (let row = 0; row < of.count; row++) {
      const to = cell(rows, row);
      if (to === -1) continue;
      origin[to] = at;
      jobIds[to] = of.job_id[row] ?? '';
      for (const name of TEXT_COLUMNS) {
        const from = cell(of[name], row);
        text[name][to] = from === -1 ? -1 : cell(textHere, from);
      }
      for (const name of NUMBER_COLUMNS) number[name][to] = cell(of[name], row);
      for (const name of FLAG_COLUMNS) flag[name][to] = cell(of[name], row);
    }
  }
  return { count, job_id: jobIds, texts, ...text, ...number, ...flag, sources, origin, copies, rowOf };
}

/** Of a job among those of all sources: no two tenants and ids give the same, whatever they hold. */
export const identityOf = (tenant = '', jobId = ''): string => `${tenant.length}:${tenant}${jobId}`;

/** A job is the same where tenant and id are: the first source that has it gives its figures. */
function placesOf(columns: readonly JobColumns[]) {
  const known = new Map<string, number>();
  const copies: number[] = [];
  const rowOf = columns.map((of) => {
    const rows = new Int32Array(of.count);
    for (let row = 0; row < of.count; row++) {
      const identity = identityOf(of.texts[cell(of.tenant_id, row)], of.job_id[row]);
      const before = known.get(identity);
      if (before === undefined) {
        rows[row] = copies.push(0) - 1;
        known.set(identity, cell(rows, row));
      } else {
        rows[row] = -1;
        copies[before] = (copies[before] ?? 0) + 1;
      }
    }
    return rows;
  });
  return { rowOf, copies: Uint8Array.from(copies), count: copies.length };
}

const eachOf = <K extends string, T>(names: readonly K[], make: () => T): Record<K, T> =>
  Object.fromEntries(names.map((name) => [name, make()])) as Record<K, T>;
