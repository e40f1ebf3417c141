import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { appRoot } from '#hosts/shared/app-root.ts';
import { findElectron } from './electron-binary.ts';

// Rebuilds on every change. Without Electron's binary, or with RUNESCOPE_HOST=web, the web host runs in its place.
const useWeb = process.env.RUNESCOPE_HOST === 'web' || findElectron(appRoot) === null;
const cli = join(appRoot, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
const child = spawn(process.execPath, [cli, 'dev', '--watch', '--', ...process.argv.slice(2)], {
  cwd: appRoot,
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(useWeb && {
      ELECTRON_EXEC_PATH: process.execPath,
      ELECTRON_ENTRY: join(appRoot, 'out', 'main', 'web.js'),
    }),
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 0));
