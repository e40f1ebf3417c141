import { labelsOf } from './infer.ts';
import type { JobColumns, JobFigures } from './job-figures.ts';
import { canonicalise, rawNamesOf } from './legacy.ts';
import type { TraceStore } from './trace-reader.ts';

type Labelled = [jobId: string, event: string, labels: string | null];

/** Labels of older RUNE versions that are called otherwise today. */
const OLDER_KEYS: Readonly<Record<string, string>> = { provider_type: 'backend' };

/**
 * A label's value per job, of the first span of that name that has it. The first spans whose labels name the key at
 * all are found in one pass over the event's index; only theirs are parsed.
 */
export function readAttribute(
  { source, hasEvents }: TraceStore,
  event: string,
  key: string,
  { job_id }: JobColumns,
): ReturnType<JobFigures['attribute']> {
  const rowOf = new Map(job_id.map((jobId, row) => [jobId, row]));
  const values = new Map<number, string>();
  if (hasEvents) {
    const names = rawNamesOf(event);
    const marks = names.map(() => '?').join(', ');
    // An older name may imply labels that it does not carry.
    const mayName = `(event <> ? OR instr(labels_json, ?) > 0 OR instr(labels_json, ?) > 0)`;
    const wanted = [...names, event, needleOf(key), needleOf(OLDER_KEYS[key] ?? key)];
    // The plus keeps the planner from the index over job ids, which would read every event of the store.
    const firsts = source
      .prepare(
        `SELECT min(id) FROM workflow_events WHERE event IN (${marks}) AND id <= 9007199254740991 AND job_id IS NOT NULL AND ${mayName} GROUP BY +job_id`,
      )
      .pluck()
      .all(wanted) as number[];
    const labelled = source
      .prepare('SELECT job_id, event, labels_json FROM workflow_events WHERE id = ?')
      .raw();
    const later = source
      .prepare(
        `SELECT job_id, event, labels_json FROM workflow_events WHERE job_id = ? AND id > ? AND event IN (${marks}) AND ${mayName} ORDER BY id`,
      )
      .raw();
    const labelOf = memo(key);
    for (const id of firsts) {
      const first = labelled.get(id) as Labelled;
      const row = rowOf.get(String(first[0]));
      if (row === undefined) continue;
      let value = labelOf(first);
      if (value === null) {
        for (const next of later.iterate(first[0], id, ...wanted) as IterableIterator<Labelled>) {
          value = labelOf(next);
          if (value !== null) break;
        }
      }
      if (value !== null) values.set(row, value);
    }
  }
  return { row: Int32Array.from(values.keys()), value: [...values.values()] };
}

/** How a key begins in JSON; one that is escaped there may be anywhere behind a quote. */
const needleOf = (key: string): string => (/^[ !#-[\]-~]*$/.test(key) ? `"${key}"` : '"');

/** Labels repeat from job to job. */
function memo(key: string): (of: Labelled) => string | null {
  const known = new Map<string, string | null>();
  return ([, event, labels]) => {
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
