import { homedir } from 'node:os';
import { posix, resolve, win32 } from 'node:path';
import type { Env } from '#core/ports/ports.ts';

export interface Machine {
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

const thisMachine = (): Machine => ({ env: process.env, platform: process.platform, home: homedir() });

/** Where this operating system wants an application's data. XDG says that a relative XDG_DATA_HOME must be ignored. */
export function defaultDataDir({ env, platform, home }: Machine = thisMachine()): string {
  if (platform === 'win32') {
    return win32.join(env.LOCALAPPDATA || win32.join(home, 'AppData', 'Local'), 'Runescope');
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'Runescope');
  const xdg = env.XDG_DATA_HOME;
  return posix.join(xdg?.startsWith('/') ? xdg : posix.join(home, '.local', 'share'), 'runescope');
}

/** The data directory of this run: `--data`, then RUNESCOPE_DATA, then the default. Always absolute. */
export function dataDirFor(option: string | undefined, machine: Machine = thisMachine()): string {
  return resolve(option || machine.env.RUNESCOPE_DATA || defaultDataDir(machine));
}
