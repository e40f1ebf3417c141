import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBuilt } from '#hosts/launch/build-state.ts';
import { build } from '#hosts/launch/builder.ts';
import { appRoot } from '#hosts/shared/app-root.ts';
import { passedOn } from './passed-on.ts';

export interface WebProcess {
  readonly pid: number;
  readonly dataDir: string;
  readonly launchUrl: string;
  stderr(): string;
  /** Ends it in order. */
  quit(): Promise<void>;
  /** Ends it in order and removes its data. */
  stop(): Promise<void>;
}

const START_MS = 20_000;

/** The built web host as a process of its own, on a data directory of its own or one that another has left. */
export async function startWebProcess(
  env: Readonly<Record<string, string>> = {},
  dataDir: string = mkdtempSync(join(tmpdir(), 'runescope-e2e-')),
): Promise<WebProcess> {
  if (!isBuilt(appRoot) && (await build(true)) !== 0) throw new Error('The build failed.');
  const child = spawn(
    process.execPath,
    [join(appRoot, 'out', 'main', 'web.js'), '--no-open', '--data', dataDir],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...passedOn(), ...env } },
  );
  const exited = once(child, 'close');
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const launchUrl = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`The web host did not start:\n${stderr}`)), START_MS);
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
      if (!out.includes('\n')) return;
      clearTimeout(late);
      resolve(out.trim());
    });
    child.once('close', () => reject(new Error(`The web host ended:\n${stderr}`)));
  });
  const quit = async (): Promise<void> => {
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(kill);
  };
  return {
    pid: child.pid ?? 0,
    dataDir,
    launchUrl,
    stderr: () => stderr,
    quit,
    stop: async () => {
      await quit();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
