import { CodedError } from '#shared/model/failure.ts';
import type { Targets } from './archive/targets/targets.ts';
import type { Ports } from './ports/ports.ts';
import { createRetention, type Retention } from './retention/retention.ts';
import type { SettingsStore } from './settings/settings-store.ts';
import type { ChangeFeed } from './store/change-feed.ts';
import type { Db } from './store/database.ts';

/** Retention over the settings and the archives that deliver. `feed` null: this process only reads, and only previews. */
export function createRetentionParts({
  ports: { clock, logger },
  db,
  settings,
  targets,
  feed,
}: {
  readonly ports: Ports;
  readonly db: Db;
  readonly settings: Pick<SettingsStore, 'get'>;
  readonly targets: () => Targets;
  readonly feed: ChangeFeed | null;
}): Retention {
  const retention = createRetention({
    db,
    clock,
    logger,
    rules: () => {
      const { retention: limits, http } = settings.get();
      const names = targets()
        .delivering()
        .map(({ name }) => name);
      return { retention: limits, targets: names.toSorted(), exporting: http.otlp_out.enabled };
    },
    onRemoved: () => feed?.emit({ jobs: [], spans: [], gap: true }),
  });
  if (feed !== null) return retention;
  const run: Retention['run'] = async () => {
    throw new CodedError(
      'source.cannot_provide',
      'This process only reads: jobs are deleted by the process that owns the data directory.',
    );
  };
  return { ...retention, run };
}
