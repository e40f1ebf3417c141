import { cell, type Population } from './population.ts';

export const UNKNOWN_COMPANY = 0;
export const ALONE = 1;
export const BESIDE_OTHERS = 2;

const known = new WeakMap<Population, Uint8Array>();

/**
 * Whether other jobs ran on the same server while a job ran, demo jobs and those that failed included: one sort per
 * server. That is one URL, where it is known, of one backend_type in one store: another store's localhost is another
 * machine. A job without a backend_type, start or duration is unknown.
 */
export function companyOf(population: Population): Uint8Array {
  let company = known.get(population);
  if (company === undefined) {
    company = readCompany(population);
    known.set(population, company);
  }
  return company;
}

function readCompany(population: Population): Uint8Array {
  const { count, backend_type, backend_url, origin, texts, created_at, queue_ms, duration_ms } = population;
  const company = new Uint8Array(count);
  const start = new Float64Array(count);
  const end = new Float64Array(count);
  const byServer = new Map<number, number[]>();
  for (let row = 0; row < count; row++) {
    const queued = cell(queue_ms, row);
    start[row] = cell(created_at, row) + (queued > 0 ? queued / 1000 : 0);
    end[row] = cell(start, row) + cell(duration_ms, row) / 1000;
    const backend = cell(backend_type, row);
    if (backend === -1 || !(cell(end, row) >= cell(start, row))) continue;
    const store = cell(origin, row) * (texts.length + 1);
    const server = (store + cell(backend_url, row) + 1) * texts.length + backend;
    const rows = byServer.get(server);
    if (rows === undefined) byServer.set(server, [row]);
    else rows.push(row);
  }
  for (const rows of byServer.values()) {
    rows.sort((a, b) => cell(start, a) - cell(start, b));
    let lastEnd = Number.NEGATIVE_INFINITY;
    for (const [i, row] of rows.entries()) {
      const next = rows[i + 1];
      const meetsNext = next !== undefined && cell(start, next) < cell(end, row);
      company[row] = meetsNext || cell(start, row) < lastEnd ? BESIDE_OTHERS : ALONE;
      lastEnd = Math.max(lastEnd, cell(end, row));
    }
  }
  return company;
}
