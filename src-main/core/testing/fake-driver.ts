import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { quote } from 'shlex';

const SCRIPT = fileURLToPath(new URL('./fake-driver.mjs', import.meta.url));

/** What the fake driver can do; each is a case of its script. */
export type DriverBehaviour =
  | 'good'
  | 'noisy'
  | 'pretty'
  | 'no-id'
  | 'error'
  | 'garbage'
  | 'silent'
  | 'wrong-id'
  | 'wrong-result'
  | 'deep'
  | 'no-usage'
  | 'empty-answer'
  | 'disguised'
  | 'artifact'
  | 'artifact-outside'
  | 'environment'
  | 'traced'
  | 'exit3'
  | 'exit3-at-once'
  | 'early-close'
  | 'leaky'
  | 'confessing'
  | 'flood'
  | 'hang'
  | 'stubborn'
  | 'family'
  | 'outlived';

/** The words that start it. `file`: where it writes the ids of the processes it started. */
export const fakeDriverArgv = (behaviour: DriverBehaviour, file?: string): readonly [string, ...string[]] => [
  process.execPath,
  SCRIPT,
  behaviour,
  ...(file === undefined ? [] : [file]),
];

/** The same as one command line, for RUNE_<NAME>_DRIVER_CMD and the settings. */
export const fakeDriverCommand = (behaviour: DriverBehaviour, file?: string): string =>
  fakeDriverArgv(behaviour, file).map(quote).join(' ');

/** True while a process of this id runs. A zombie has ended: nobody has asked how. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}
