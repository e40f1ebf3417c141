import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchivedJob, ImportedResults } from '#core/archive/read/reader.ts';
import { canonicalJson, cleanObject, sha256Hex } from '#core/archive/record/canonical.ts';
import type { Clock } from '#core/ports/ports.ts';
import { createChangeFeed } from '#core/store/change-feed.ts';
import {
  type Db,
  guardStore,
  isStoreTrouble,
  migrateRune,
  migrateRunescope,
  openDatabase,
} from '#core/store/database.ts';
import { toJobRow } from '#core/store/job-index.ts';
import { foldEvents, indexedEventId } from '#core/store/rollup.ts';
import { RuneStore, type TraceThread } from '#core/store/rune-store.ts';
import { CodedError } from '#shared/model/failure.ts';
import { IMPORTED, type SourceInfo } from '#shared/model/source.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import { fillStore } from './fill-store.ts';
import type { JobSource } from './job-source.ts';
import { readsOf, wholeStore } from './store-reads.ts';

/** The store of imported results of a data directory. */
export const importedPath = (dataDir: string): string => join(dataDir, 'imported.db');

/** Where each imported job came from; only this file has the table. */
const PROVENANCE = `CREATE TABLE IF NOT EXISTS rs_import (
  job_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  imported_at REAL NOT NULL,
  uri TEXT NOT NULL,
  content_sha256 TEXT NOT NULL,
  notes_json TEXT NOT NULL
) WITHOUT ROWID`;
/** Everything of jobs; what the store knows of itself stays. */
const TABLES = [
  'jobs',
  'workflow_events',
  'audit_artifact',
  'chain_state',
  'rs_span',
  'rs_otlp_span',
  'rs_job',
  'rs_job_run',
  'rs_rollup',
  'rs_job_span',
  'rs_job_call',
  'rs_job_number',
  'rs_span_name',
  'rs_trace',
  'rs_import',
  'rs_meta',
];

export interface Imported {
  readonly results: ImportedResults;
  source(): JobSource;
}

/** Results imported from archives, in a store of their own that is made when it is first needed. Throws `store.*`. */
export function createImported({
  dataDir,
  clock,
  thread = null,
}: {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly thread?: TraceThread | null | undefined;
}): Imported {
  const path = importedPath(dataDir);
  const feed = createChangeFeed();
  let opened: Db | null = null;
  const open = (): Db => {
    opened ??= openImported(dataDir, path, toEpochSeconds(clock.nowUs()));
    return opened;
  };
  const store = new RuneStore(
    IMPORTED,
    () => {
      const db = open();
      return wholeStore(path, db);
    },
    () => clock.nowUs(),
    thread,
  );
  const info = (): SourceInfo => {
    const events = indexedEventId(open());
    return {
      source: IMPORTED,
      kind: 'archive',
      title: 'Imported results',
      path,
      writable: false,
      snapshot: false,
      indexed_events: events,
      total_events: events,
      provides: {
        recorded_starts: true,
        recorded_parents: true,
        live: false,
        cancel: false,
        estimates: true,
      },
      notes: ['Copies of archived results. The archive itself is not touched when they are removed.'],
    };
  };
  return {
    results: {
      add: (job) => {
        const db = open();
        return guardStore(path, () => {
          const added = db.transaction(() => addOne(db, job, toEpochSeconds(clock.nowUs()))).immediate();
          if (added === 'known') return 'known';
          feed.emit({ jobs: [toJobRow(added.row)], spans: [] });
          return 'imported';
        });
      },
      clear: () => {
        const db = open();
        guardStore(path, () => {
          db.transaction(() => {
            for (const table of TABLES) db.prepare(`DELETE FROM ${table}`).run();
          }).immediate();
        });
        shrink(db);
        return info();
      },
      close: () => {
        opened?.close();
        opened = null;
      },
    },
    source: () => {
      open();
      return {
        info,
        ...readsOf(() => store),
        job: (jobId) => {
          const job = store.job(jobId);
          return { ...job, notes: [...job.notes, ...notesOf(open(), jobId)] };
        },
        onChange: (listener) => feed.subscribe(listener),
        // The store stays open for the next import; `results.close` closes it.
        close: () => {},
      };
    },
  };
}

function openImported(dataDir: string, path: string, now: number): Db {
  guardStore(dataDir, () => mkdirSync(dataDir, { recursive: true, mode: 0o700 }));
  const db = openDatabase(path, 'write');
  try {
    guardStore(path, () => {
      migrateRune(db, now);
      migrateRunescope(db, 'own', now);
      db.exec(PROVENANCE);
      while (foldEvents(db, db) > 0);
    });
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** Only for the disk's sake: somebody else who reads the file may keep it as large as it was. */
function shrink(db: Db): void {
  try {
    db.exec('VACUUM');
  } catch (thrown) {
    if (!isStoreTrouble(thrown)) throw thrown;
  }
}

function addOne(db: Db, { uri, record, notes }: ArchivedJob, now: number) {
  const { job_id, tenant_id } = record.view;
  const content = sha256Hex(canonicalJson(cleanObject(record.record)));
  const before = db
    .prepare<[string], { tenant_id: string; uri: string; content_sha256: string }>(
      'SELECT tenant_id, uri, content_sha256 FROM rs_import WHERE job_id = ?',
    )
    .get(job_id);
  if (before !== undefined) {
    if (before.tenant_id === tenant_id && before.content_sha256 === content) return 'known';
    const whose = before.tenant_id === tenant_id ? '' : ` of tenant ${before.tenant_id}`;
    throw new CodedError(
      'archive.conflict',
      `Another result of job ${job_id}${whose} was imported from ${before.uri}. Compare the two, or remove the imported results first.`,
    );
  }
  const filled = fillStore(db, record);
  db.prepare('INSERT INTO rs_import VALUES (?, ?, ?, ?, ?, ?)').run(
    job_id,
    tenant_id,
    now,
    uri,
    content,
    JSON.stringify([...notes, ...filled.notes]),
  );
  return filled;
}

function notesOf(db: Db, jobId: string): readonly string[] {
  const json = db
    .prepare<[string], string>('SELECT notes_json FROM rs_import WHERE job_id = ?')
    .pluck()
    .get(jobId);
  return json === undefined ? [] : (JSON.parse(json) as readonly string[]);
}
