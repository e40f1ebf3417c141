import type { Settings } from '#shared/contract/settings.ts';
import { CodedError } from '#shared/model/failure.ts';
import { remoteSource, type SourceId } from '#shared/model/source.ts';
import { type RemoteSetting, remoteDigest } from './address.ts';
import { type RemoteDeps, RemoteSource } from './remote-source.ts';

export interface Remotes {
  /** Opens `remote:<id>` of the settings; null for every other id. */
  sourceFor(id: SourceId): Promise<RemoteSource> | null;
  /** Open ones that are not what the settings say any more. */
  stale(): readonly SourceId[];
}

const PREFIX = remoteSource('');

/** The rune-api servers of the settings as sources, each opened when it is first asked for. */
export function createRemotes(deps: RemoteDeps & { settings(): Settings }): Remotes {
  const open = new Map<SourceId, RemoteSetting>();
  const find = (id: SourceId): RemoteSetting | undefined =>
    deps.settings().remotes.find((one) => remoteSource(one.id) === id);
  const connect = async (id: SourceId): Promise<RemoteSource> => {
    const setting = find(id);
    if (setting === undefined)
      throw new CodedError(
        'source.unknown',
        `There is no remote "${id.slice(PREFIX.length)}" in Settings. Add it there.`,
      );
    const source = new RemoteSource(setting, deps);
    try {
      await source.connect();
    } catch (thrown) {
      source.close();
      throw thrown;
    }
    open.set(id, setting);
    return source;
  };
  return {
    sourceFor: (id) => (id.startsWith(PREFIX) ? connect(id) : null),
    stale: () =>
      [...open].flatMap(([id, opened]) => {
        const now = find(id);
        const same =
          now !== undefined &&
          remoteDigest(now) === remoteDigest(opened) &&
          now.name === opened.name &&
          now.token_secret === opened.token_secret;
        if (!same) open.delete(id);
        return same ? [] : [id];
      }),
  };
}
