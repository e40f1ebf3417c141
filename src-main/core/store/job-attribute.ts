import { labelsOf } from './infer.ts';
import type { JobColumns, JobFigures, SpanColumns } from './job-figures.ts';
import { canonicalise, rawNamesOf } from './legacy.ts';
import type { TraceStore } from './trace-reader.ts';

type Labelled = [event: string, labels: string | null];

/** Labels of older RUNE versions that are called otherwise today. */
const OLDER_KEYS: Readonly<Record<string, string>> = { provider_type: 'backend' };
/** With more spans of the name in each job, reading jobs until the first is less work than reading all of the name. */
const MANY_PER_JOB = 20;

/** A label's value per job, of the first span of that name that has it. Only labels that name the key are parsed. */
export function readAttribute(
  { source, hasEvents }: TraceStore,
  event: string,
  key: string,
  { job_id }: JobColumns,
  spans: SpanColumns,
): ReturnType<JobFigures['attribute']> {
  if (!hasEvents) return { row: new Int32Array(), value: [] };
  const names = rawNamesOf(event);
  // An older name may imply labels that it does not carry.
  const wanted = `event IN (${names.map(() => '?').join(', ')})
    AND (event <> ? OR instr(labels_json, ?) > 0 OR instr(labels_json, ?) > 0)`;
  const values = [...names, event, needleOf(key), needleOf(OLDER_KEYS[key] ?? key)];

  // The pluses choose the index: here the one over events, below the one over job ids.
  const firsts = source
    .prepare(
      `SELECT min(id), job_id FROM workflow_events WHERE ${wanted} AND id <= 9007199254740991 GROUP BY +job_id`,
    )
    .raw();
  const byId = source.prepare('SELECT event, labels_json FROM workflow_events WHERE id = ?').raw();
  const after = source
    .prepare(
      `SELECT event, labels_json FROM workflow_events WHERE job_id = ? AND id > ? AND +${wanted} ORDER BY id`,
    )
    .raw();
  const valueOfLabels = memo(key);
  const firstAfter = (jobId: string, id: number): string | null => {
    for (const labelled of after.iterate(jobId, id, ...values) as IterableIterator<Labelled>) {
      const value = valueOfLabels(labelled);
      if (value !== null) return value;
    }
    return null;
  };

  const rows: number[] = [];
  const found: string[] = [];
  const add = (row: number, value: string | null): void => {
    if (value === null) return;
    rows.push(row);
    found.push(value);
  };
  const total = spans.count.reduce((sum, count) => sum + count, 0);
  if (total > MANY_PER_JOB * spans.row.length) {
    for (const row of spans.row) add(row, firstAfter(job_id[row] ?? '', 0));
  } else {
    const rowOf = new Map(job_id.map((jobId, row) => [jobId, row]));
    for (const [id, job] of firsts.all(values) as [number, unknown][]) {
      const jobId = String(job);
      const row = rowOf.get(jobId);
      if (row !== undefined) add(row, valueOfLabels(byId.get(id) as Labelled) ?? firstAfter(jobId, id));
    }
  }
  return { row: Int32Array.from(rows), value: found };
}

/** How a key begins in JSON; one that is escaped there may be anywhere behind a quote. */
const needleOf = (key: string): string => (/^[ !#-[\]-~]*$/.test(key) ? `"${key}"` : '"');

/** Labels repeat from job to job. */
function memo(key: string): (of: Labelled) => string | null {
  const known = new Map<string, string | null>();
  return ([event, labels]) => {
    const text = typeof labels === 'string' ? labels : null;
    const name = `${event}\n${text ?? ''}`;
    let value = known.get(name);
    if (value === undefined) {
      value = textOf(canonicalise(event, labelsOf(text), null).attributes[key]);
      if (known.size < 10_000) known.set(name, value);
    }
    return value;
  };
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
