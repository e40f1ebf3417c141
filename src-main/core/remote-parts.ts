import { CodedError } from '#shared/model/failure.ts';
import { remoteSource, type SourceId, type SourceInfo } from '#shared/model/source.ts';
import { thresholdOf } from './costs/threshold.ts';
import type { Ports } from './ports/ports.ts';
import type { SettingsStore } from './settings/settings-store.ts';
import type { JobsElsewhere } from './sources/job-source.ts';
import { RemoteSource } from './sources/remote/remote-source.ts';
import { createRemotes, type Remotes } from './sources/remote/remotes.ts';
import type { Sources } from './sources/sources.ts';
import type { TraceThread } from './store/rune-store.ts';

/** The rune-api servers of the settings, with their tokens and our threshold of spending. */
export const createRemoteParts = (
  ports: Pick<Ports, 'clock' | 'env' | 'paths' | 'secrets'>,
  settings: Pick<SettingsStore, 'get'>,
  thread: TraceThread | null = null,
): Remotes =>
  createRemotes({
    dataDir: ports.paths.dataDir,
    clock: ports.clock,
    thread,
    settings: () => settings.get(),
    token: async (name) => {
      const token = (await ports.secrets.get(name))?.trim() ?? '';
      if (/^[\x21-\x7e]+$/.test(token)) return token;
      throw token === ''
        ? new CodedError(
            'secret.not_found',
            `The secret "${name}" is not set. Add it in Settings or as an environment variable.`,
          )
        : new CodedError(
            'remote.unauthorized',
            `The secret "${name}" holds what no token does: set it anew.`,
          );
    },
    thresholdUsd: () => thresholdOf(settings.get(), ports.env).usd,
  });

/** Opens a remote, or asks one that is open again. */
export async function connectRemote(sources: Sources, remote: string): Promise<SourceInfo> {
  const id = remoteSource(remote);
  const wasOpen = sources.list().some(({ source }) => source === id);
  const source = await sources.get(id);
  if (wasOpen && source instanceof RemoteSource) await source.reconnect();
  return source.info();
}

/** Where jobs of another source than ours run. Throws `source.cannot_provide` where they are only read. */
export async function elsewhere(sources: Sources, id: SourceId): Promise<JobsElsewhere> {
  const source = await sources.get(id);
  if (source.elsewhere !== undefined) return source.elsewhere;
  throw new CodedError(
    'source.cannot_provide',
    `"${source.info().title}" is only read: jobs are run by this computer, or by a remote of the settings.`,
  );
}
