import { basename, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readRecord } from '#core/archive/record/read-record.ts';
import type { Clock } from '#core/ports/ports.ts';
import { guardStore } from '#core/store/database.ts';
import { insertExternal } from '#core/store/external-store.ts';
import { foreignPath } from '#core/store/foreign-file.ts';
import { otlpRowOf } from '#core/store/otlp-store.ts';
import { RuneStore, type TraceThread } from '#core/store/rune-store.ts';
import type { OtlpSpanIn } from '#core/telemetry/otlp/seams.ts';
import type { SourceId, SourceInfo } from '#shared/model/source.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import { openArchivedResult } from '../archive-source.ts';
import type { JobSource } from '../job-source.ts';
import { readsOf, wholeStore } from '../store-reads.ts';
import { openPrivateStore } from './private-store.ts';
import { readTraceFile } from './read-file.ts';

export interface TraceFilePorts {
  /** What is in a large file is in its folder `indexes` while the file is open. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly thread?: TraceThread | null | undefined;
}

/** Rows of one transaction, between which everything else has its turn. */
const BATCH = 1000;

const FORMATS = { otlp: 'OTLP JSON', chrome: 'a Chrome trace' } as const;

/**
 * A trace file as it is now: each trace in it as a job. Throws `store.*`, `trace_file.*`, and `archive.*`
 * for an archived result that is none.
 */
export async function openTraceFile(given: string, ports: TraceFilePorts): Promise<JobSource> {
  const { path, digest } = foreignPath(given);
  const source: SourceId = `file-${digest}`;
  const file = await readTraceFile(path, digest + digest);
  if (file.format === 'result') {
    const record = readRecord(file.bytes);
    const result = openArchivedResult(
      { source, uri: path, record, bytes_sha256: null, notes: [] },
      ports.clock,
    );
    return { ...result, info: () => ({ ...result.info(), kind: 'file', title: basename(path) }) };
  }
  const info: SourceInfo = {
    source,
    kind: 'file',
    title: basename(path),
    path,
    writable: false,
    snapshot: true,
    indexed_events: file.spans.length,
    total_events: file.spans.length,
    provides: { recorded_starts: true, recorded_parents: true, live: false, cancel: false, estimates: false },
    notes: [
      `${FORMATS[file.format]} as it was when it was opened; open it again to see what was written since.`,
      ...file.notes,
    ],
  };
  return sourceOf(info, file.spans, ports);
}

async function sourceOf(
  info: SourceInfo,
  spans: readonly OtlpSpanIn[],
  { dataDir, clock, thread = null }: TraceFilePorts,
): Promise<JobSource> {
  const now = toEpochSeconds(clock.nowUs());
  const { db, close } = openPrivateStore(join(dataDir, 'indexes'), spans.length, now);
  try {
    for (let at = 0; at < spans.length; at += BATCH) {
      const rows = spans
        .slice(at, at + BATCH)
        .map((span) => otlpRowOf(span, span.trace_id, clock.nowUs(), (attributes) => attributes));
      guardStore(db.name, () => db.transaction(() => insertExternal(db, rows))());
      await nextTurn();
    }
  } catch (thrown) {
    close();
    throw thrown;
  }
  const whole = wholeStore(info.path, db);
  const store = new RuneStore(
    info.source,
    () => whole,
    () => clock.nowUs(),
    thread,
  );
  return {
    info: () => info,
    ...readsOf(() => store),
    onChange: () => () => {},
    close,
  };
}
