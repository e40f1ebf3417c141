import { parseArgs } from 'node:util';
import type { BenchFigure } from './figure.ts';

/** Each group is loaded only when it runs: they bring browsers and data sets of their own. */
const GROUPS: Readonly<Record<string, () => Promise<() => Promise<readonly BenchFigure[]>>>> = {
  ingest: async () => (await import('./ingest.ts')).benchIngest,
  store: async () => (await import('./store.ts')).benchStore,
  'compare-store': async () => (await import('./compare-store.ts')).benchCompareStore,
  bands: async () => (await import('./compare-bands.ts')).benchBands,
  compare: async () => (await import('./compare.ts')).benchCompare,
  costs: async () => (await import('./costs.ts')).benchCosts,
  offers: async () => (await import('./offers.ts')).benchOffers,
  waterfall: async () => (await import('./waterfall.ts')).benchWaterfall,
  delivery: async () => (await import('./archive-delivery.ts')).benchArchiveDelivery,
  http: async () => (await import('./http.ts')).benchHttp,
  host: async () => (await import('./host.ts')).benchHost,
  archive: async () => (await import('./archive-browse.ts')).benchArchiveBrowse,
  'archive-screen': async () => (await import('./archive-screen.ts')).benchArchiveScreen,
};

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, json: { type: 'boolean', default: false } },
});
const unknown = (values.only ?? []).filter((name) => !(name in GROUPS));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no bench group ${unknown.join(', ')}. Groups: ${Object.keys(GROUPS).join(', ')}.\n`,
  );
  process.exit(2);
}

const all: BenchFigure[] = [];
for (const name of values.only ?? Object.keys(GROUPS)) {
  process.stderr.write(`bench: ${name}\n`);
  const run = await GROUPS[name]?.();
  const figures = (await run?.()) ?? [];
  all.push(...figures);
  if (!values.json) for (const row of figures) process.stdout.write(`${line(row)}\n`);
}
if (values.json) process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);

function line(row: BenchFigure): string {
  const verdict = row.met === null ? '      ' : row.met ? 'met   ' : 'MISSED';
  const against =
    row.reference === null
      ? ''
      : `  against ${short(row.reference)} ${row.unit} ${row.reference_source} (${short(row.ratio ?? Number.NaN)}x)`;
  return `${verdict}  ${row.name.padEnd(58)} ${short(row.value).padStart(10)} ${row.unit}${against}${row.target === null ? '' : `  target ${row.target}`}`;
}

function short(value: number): string {
  return Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en-US')
    : String(Number(value.toPrecision(3)));
}
