import type { Settings } from '#shared/contract/settings.ts';
import { CodedError } from '#shared/model/failure.ts';
import { openAsking, openRemote, openRunner } from '../access.ts';
import { EXIT } from '../exit-code.ts';
import type { Output } from '../output/output.ts';
import { table } from '../output/table.ts';

type Remote = Settings['remotes'][number];

const remotesTable = (remotes: readonly Remote[]): string =>
  remotes.length === 0
    ? 'No remotes. Add one with runescope remotes add.'
    : table<Remote>(
        [
          { title: 'id', text: ({ id }) => id },
          { title: 'name', text: ({ name }) => name },
          { title: 'url', text: ({ url }) => url },
          { title: 'tenant', text: ({ tenant }) => tenant },
          { title: 'token', text: ({ token_secret }) => token_secret ?? '-' },
        ],
        remotes,
      );

export async function listRemotes(dataDir: string, output: Output): Promise<number> {
  const { client, close } = await openAsking(dataDir);
  try {
    const { remotes } = await client.settings.get();
    await output.answer({ remotes }, () => remotesTable(remotes));
    return EXIT.succeeded;
  } finally {
    await close();
  }
}

export const addRemote = (dataDir: string, remote: Remote, output: Output): Promise<number> =>
  changeRemotes(dataDir, output, (remotes) => [...remotes.filter(({ id }) => id !== remote.id), remote]);

export const removeRemote = (dataDir: string, gone: string, output: Output): Promise<number> =>
  changeRemotes(dataDir, output, (remotes) => {
    if (remotes.some(({ id }) => id === gone)) return remotes.filter(({ id }) => id !== gone);
    throw new CodedError('source.unknown', `There is no remote "${gone}".`);
  });

async function changeRemotes(
  dataDir: string,
  output: Output,
  change: (remotes: readonly Remote[]) => Remote[],
): Promise<number> {
  const { client, close } = await openRunner(dataDir, (line) => output.progress(line));
  try {
    const settings = await client.settings.get();
    const { remotes } = await client.settings.set({ ...settings, remotes: change(settings.remotes) });
    await output.answer({ remotes }, () => remotesTable(remotes));
    return EXIT.succeeded;
  } finally {
    await close();
  }
}

/** Fails as the remote does; what was known of it before does not count. */
export async function testRemote(dataDir: string, named: string, output: Output): Promise<number> {
  const { client, source, close } = await openRemote(dataDir, named);
  try {
    const info = (await client.sources.list()).find((one) => one.source === source);
    if (info?.trouble !== undefined)
      throw new CodedError(info.trouble.code, info.trouble.message, { detail: info.trouble.detail });
    await output.answer({ remote: info ?? null }, () =>
      [`${info?.title ?? named} answers at ${info?.path ?? ''}.`, ...(info?.notes ?? [])].join('\n'),
    );
    return EXIT.succeeded;
  } finally {
    await close();
  }
}
