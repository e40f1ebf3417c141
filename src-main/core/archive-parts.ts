import { formatCount } from '#shared/lib/format.ts';
import type { ArchiveTargetInfo } from '#shared/model/archive.ts';
import type { JsonObject } from '#shared/model/job.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import { openArchiveFile } from './archive/browse/archive-file.ts';
import { type Browser, createBrowser } from './archive/browse/browser.ts';
import { buildRecordOf } from './archive/delivery/job-entries.ts';
import type { Outbox } from './archive/delivery/outbox.ts';
import { createReader } from './archive/read/reader.ts';
import { type EndingReader, untilClosed } from './archive/read/until-closed.ts';
import { createTargets, type Targets } from './archive/targets/targets.ts';
import type { Ports } from './ports/ports.ts';
import type { SettingsStore } from './settings/settings-store.ts';
import { createArchivedSources } from './sources/archived-sources.ts';
import type { JobSource } from './sources/job-source.ts';
import type { Db } from './store/database.ts';
import type { TraceThread } from './store/rune-store.ts';

/** The parts of the archive but its outbox, which only the owner of a data directory has. */
export interface ArchiveParts {
  readonly targets: Targets;
  readonly browser: Browser;
  readonly reader: EndingReader<JobSource>;
  dispose(): Promise<void>;
}

export function createArchiveParts({
  ports,
  settings,
  own,
  ownDb,
  thread = null,
}: {
  readonly ports: Ports;
  readonly settings: SettingsStore;
  readonly own: JobSource;
  readonly ownDb: Db;
  readonly thread?: TraceThread | null | undefined;
}): ArchiveParts {
  const { clock, logger, paths } = ports;
  const db = openArchiveFile(paths.dataDir, toEpochSeconds(clock.nowUs()), logger);
  const browser = createBrowser({ db, clock, logger });
  const targets = createTargets({
    ports,
    settings: () => settings.get(),
    onSettings: (listener) => settings.onChange(listener),
    facts: browser.facts,
  });
  const reader = untilClosed(
    createReader({
      targets,
      db,
      clock,
      logger,
      appVersion: ports.appVersion,
      sources: createArchivedSources({ dataDir: paths.dataDir, clock, thread }),
      listed: (target, key) => browser.object(targets.get(target).place, key),
      localRecord: (tenant, jobId) =>
        own.job(jobId).tenant_id === tenant
          ? (buildRecordOf({ source: own, db: ownDb, jobId, ports }) as JsonObject)
          : null,
    }),
  );
  return {
    targets,
    browser,
    reader,
    dispose: async () => {
      await Promise.all([browser.dispose(), reader.close()]);
      targets.dispose();
      db.close();
    },
  };
}

/** Every target there is, the preferred first, then those that only have results waiting for them. */
export function describeTargets(
  targets: Targets,
  outbox: Pick<Outbox, 'states'> | null,
): ArchiveTargetInfo[] {
  const states = outbox?.states() ?? new Map<string, never>();
  const none = { pending: 0, refused: 0, delivered: 0, down: null };
  const configured = targets.all().map(({ target, from, delivers }): ArchiveTargetInfo => {
    const { name, kind, title, place, prefix, presign, versions } = target;
    return {
      target: name,
      kind,
      title,
      place,
      prefix,
      from,
      delivers,
      presigns: presign !== null,
      versions: versions !== null,
      ...(states.get(name) ?? none),
    };
  });
  const missing = [...states]
    .filter(([name, state]) => state.pending > 0 && !configured.some((one) => one.target === name))
    .map(
      ([name, state]): ArchiveTargetInfo => ({
        target: name,
        kind: 'missing',
        title: name,
        place: 'no longer configured',
        prefix: '',
        from: 'settings',
        delivers: false,
        presigns: false,
        versions: false,
        ...state,
      }),
    );
  return [...configured, ...missing];
}

/** One sentence when results do not arrive; null when all is well. */
export function archiveTrouble(targets: readonly ArchiveTargetInfo[]): string | null {
  const down = targets.find((target) => target.down !== null);
  if (down?.down) return `${down.title}: ${down.down.failure.message}`;
  const refused = targets.find((target) => target.refused > 0);
  if (refused) return `${refused.title} refused ${results(refused.refused)}: the Archive says why.`;
  const missing = targets.find((target) => target.kind === 'missing');
  return missing
    ? `${results(missing.pending)} ${missing.pending === 1 ? 'waits' : 'wait'} for "${missing.target}", which is no longer configured.`
    : null;
}

const results = (count: number): string => (count === 1 ? '1 result' : `${formatCount(count)} results`);
