import { setTimeout as sleep } from 'node:timers/promises';
import { shown } from '#core/compare/conditions.ts';
import { costText, inUnit } from '#shared/lib/figure-text.ts';
import { formatCount, formatPercent } from '#shared/lib/format.ts';
import type { CompareResult, GroupFigures, VerdictProgress } from '#shared/model/compare.ts';
import { CodedError } from '#shared/model/failure.ts';
import { openReader, type Reader } from '../access.ts';
import { EXIT } from '../exit-code.ts';
import type { Output } from '../output/output.ts';
import { type Column, printable, table } from '../output/table.ts';
import type { Where } from './jobs.ts';

export interface CompareFlags {
  readonly by: string;
  readonly where: readonly string[];
  readonly measure: string;
  readonly baseline?: string | undefined;
  readonly matched: readonly string[];
  readonly smallest: number;
  readonly demo: boolean;
}

/** Fields of the Jobs board's filter that take values; `tenant` as the other commands call it. */
const FIELDS = ['status', 'kind', 'backend_type', 'provider_type', 'model', 'agent', 'tenant_id'] as const;
type Field = (typeof FIELDS)[number];
type Filter = { [F in Field]?: string[] } & { text?: string };

export async function compareJobs(where: Where, flags: CompareFlags, output: Output): Promise<number> {
  const filter = filterOf(flags.where);
  const { client, source, close } = await openReader(where.dataDir, where.store);
  try {
    await indexed(client, source, output);
    const query = {
      sources: [source],
      where: { ...filter, demo: flags.demo },
      by: flags.by,
      measure: flags.measure,
      matched: [...flags.matched],
      baseline: flags.baseline ?? null,
    };
    const result = await client.compare.run(query);
    if (result.baseline !== query.baseline)
      throw new CodedError(
        'request.invalid',
        `--baseline: no job of these is in "${flags.baseline}". Groups: ${result.groups.map(({ key }) => shown(key)).join(', ') || 'none'}.`,
      );
    if (result.jobs > 0 && flags.measure !== DEFAULT_MEASURE) await requireMeasure(client, query);
    let end: VerdictProgress | null = null;
    for await (const progress of await client.compare.verdicts({ ...query, smallest: flags.smallest })) {
      if (progress.verdicts === null && progress.done > 0)
        output.progress(`compared ${progress.done} of ${progress.total} pairs`);
      end = progress;
    }
    const { verdicts, success, conditions, note } = end ?? {
      verdicts: null,
      success: null,
      conditions: null,
      note: null,
    };
    const { groups: _groups, measure, ...rest } = result;
    const doc = {
      measure: measure.measure,
      unit: measure.unit,
      better: measure.better,
      about: measure.about,
      groups: result.groups.map(({ ecdf: _ecdf, points: _points, ...group }) => group),
      verdicts: verdicts ?? [],
      success_verdicts: success ?? [],
      ...rest,
      conditions: conditions ?? result.conditions,
      notes: [...result.notes, ...(note === null ? [] : [note])],
    };
    await output.answer(doc, () => textOf(result, doc));
    return EXIT.succeeded;
  } finally {
    await close();
  }
}

export const DEFAULT_MEASURE = 'agent.ask';

/** A name that nothing here has is mistyped. */
async function requireMeasure(
  client: Reader['client'],
  { sources, measure }: { readonly sources: string[]; readonly measure: string },
): Promise<void> {
  const known = (await client.compare.measures({ sources })).map((one) => one.measure);
  if (known.includes(measure)) return;
  throw new CodedError(
    'request.invalid',
    `--measure: no span here is named "${shown(measure)}". Choose from ${known.slice(0, MAX_LISTED).map(shown).join(', ')}.`,
  );
}

const MAX_LISTED = 40;

/** `key=value`, repeated: alternatives of one key, all keys together. */
function filterOf(given: readonly string[]): Filter {
  const filter: Filter = {};
  for (const one of given) {
    const at = one.indexOf('=');
    const key = at === -1 ? one : one.slice(0, at);
    const name = (key === 'tenant' ? 'tenant_id' : key.replaceAll('-', '_')) as Field | 'text';
    if (at !== -1 && name === 'text') filter.text = one.slice(at + 1);
    else if (at !== -1 && (FIELDS as readonly string[]).includes(name))
      filter[name as Field] = [...(filter[name as Field] ?? []), one.slice(at + 1)];
    else
      throw new CodedError(
        'request.invalid',
        `--where ${one}: give key=value with one of ${FIELDS.join(', ')}, text.`,
      );
  }
  return filter;
}

const PAUSE_MS = 100;
/** Another process may have left a store unread, and nobody reads it now. */
const PATIENCE = 50;

/** Waits while a store is read for the first time: figures of half of it are not those of all of it. */
async function indexed(client: Reader['client'], source: string, output: Output): Promise<void> {
  let before = -1;
  for (let round = 0, still = 0; still < PATIENCE; round++) {
    const info = (await client.sources.list()).find((one) => one.source === source);
    if (info === undefined || info.indexed_events >= info.total_events) return;
    if (round % 10 === 0)
      output.progress(
        `reading the store: ${formatPercent(info.indexed_events / Math.max(1, info.total_events))}`,
      );
    still = info.indexed_events === before ? still + 1 : 0;
    before = info.indexed_events;
    await sleep(PAUSE_MS);
  }
}

interface Document {
  readonly verdicts: NonNullable<VerdictProgress['verdicts']>;
  readonly success_verdicts: NonNullable<VerdictProgress['success']>;
  readonly conditions: CompareResult['conditions'];
  readonly notes: readonly string[];
}

function textOf(result: CompareResult, { verdicts, success_verdicts, conditions, notes }: Document): string {
  if (result.jobs === 0)
    return result.demo_left_out > 0
      ? `No jobs match but ${formatCount(result.demo_left_out)} of the demo: --demo takes them in.`
      : 'No jobs match.';
  const counted = [
    `${formatCount(result.jobs)} jobs by ${result.by}, ${result.measure.title}.`,
    result.demo_left_out > 0 ? `Demo jobs left out: ${formatCount(result.demo_left_out)}.` : '',
    result.duplicates > 0 ? `Reached twice, counted once: ${formatCount(result.duplicates)}.` : '',
    result.complete ? '' : 'Not all events of the store are read yet: figures are of those that are.',
  ].filter((part) => part !== '');
  const differing = conditions.map(({ sentence }) => `- ${sentence}`);
  return printable(
    [
      [...verdicts, ...success_verdicts].map(({ sentence }) => sentence).join('\n'),
      groupsTable(result),
      [counted.join(' '), result.measure.about, ...notes].join('\n'),
      differing.length === 0 ? 'No condition differs between the groups.' : '',
      differing.length === 0 ? '' : `Conditions that differ:\n${differing.join('\n')}`,
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
  );
}

function groupsTable({ groups, measure }: CompareResult): string {
  const value = (figure: number | null): string => inUnit(figure, measure.unit);
  const range = (low: number | null, high: number | null, text: (figure: number | null) => string): string =>
    low === null || high === null ? '–' : `${text(low)} .. ${text(high)}`;
  const right = true;
  return table(
    [
      { title: 'group', text: ({ key }) => shown(key) },
      { title: 'n', right, text: ({ n }) => String(n) },
      { title: 'failed', right, text: ({ failures }) => String(failures) },
      { title: 'unknown', right, text: ({ unknown }) => String(unknown) },
      { title: 'median', right, text: ({ median }) => value(median) },
      {
        title: '95 % interval',
        right,
        text: ({ median_low, median_high }) => range(median_low, median_high, value),
      },
      { title: 'p90', right, text: ({ p90 }) => value(p90) },
      { title: 'p99', right, text: ({ p99 }) => value(p99) },
      { title: 'success', right, text: ({ success_rate }) => formatPercent(success_rate) },
      {
        title: '95 % interval',
        right,
        text: ({ success_low, success_high }) => range(success_low, success_high, formatPercent),
      },
      { title: '$ / success', right, text: costText },
    ] satisfies Column<GroupFigures>[],
    groups,
  );
}
