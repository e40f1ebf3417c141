import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { appRoot } from '#hosts/shared/app-root.ts';
import { fingerprint, markBuilt } from './build-state.ts';

/** The exit code of electron-vite; its words go to stderr, so that stdout stays the caller's, or to `say`. */
export async function build(quiet: boolean, say?: (line: string) => void): Promise<number> {
  const builtFrom = fingerprint(appRoot);
  rmSync(join(appRoot, 'out'), { recursive: true, force: true });
  const cli = join(appRoot, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  const child = spawn(process.execPath, [cli, 'build', ...(quiet ? ['--logLevel', 'warn'] : [])], {
    cwd: appRoot,
    stdio: ['ignore', say === undefined ? 2 : 'pipe', say === undefined ? 2 : 'pipe'],
  });
  if (say !== undefined) {
    for (const stream of [child.stdout, child.stderr])
      if (stream !== null) createInterface({ input: stream }).on('line', say);
  }
  const end = (signal: NodeJS.Signals) => (): void => {
    child.kill(signal);
    process.exit(130);
  };
  const onInt = end('SIGINT');
  const onTerm = end('SIGTERM');
  process.on('SIGINT', onInt).on('SIGTERM', onTerm);
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (status) => resolve(status ?? 1));
  });
  process.off('SIGINT', onInt).off('SIGTERM', onTerm);
  // Sources that changed meanwhile make the stamp stale: the next start builds again.
  if (code === 0) markBuilt(appRoot, builtFrom);
  return code;
}
