import { spawn } from 'node:child_process';

export interface DesktopOptions {
  readonly electron: string;
  readonly root: string;
  readonly argv: readonly string[];
}

/** How soon an end with an error means that Electron cannot run here at all (a missing library, no display). */
const FALSE_START_MS = 5000;

export type DesktopEnd = { readonly started: false } | { readonly started: true; readonly code: number };

/** Runs the desktop app as a child that ends with this process, whichever way this process ends. */
export async function runDesktop({ electron, root, argv }: DesktopOptions): Promise<DesktopEnd> {
  const began = performance.now();
  // The IPC channel breaks when this process dies, even by SIGKILL; the app quits then.
  const child = spawn(electron, [root, ...argv], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const pass = (signal: NodeJS.Signals) => (): void => void child.kill(signal);
  const onInt = pass('SIGTERM');
  const onTerm = pass('SIGTERM');
  const onExit = pass('SIGKILL');
  process.on('SIGINT', onInt).on('SIGTERM', onTerm).on('exit', onExit);
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (status, signal) => resolve(status ?? (signal === 'SIGTERM' ? 0 : 1)));
  });
  process.off('SIGINT', onInt).off('SIGTERM', onTerm).off('exit', onExit);
  const started = code === 0 || performance.now() - began > FALSE_START_MS;
  return started ? { started, code } : { started };
}
