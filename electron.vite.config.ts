import { existsSync, globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { NONCE_PLACEHOLDER } from './src-main/hosts/shared/page-policy.ts';

const root = import.meta.dirname;

/** Everything that runs in Node, by the name of its file in out/main. Each worker is an entry of its own. */
function mainEntries(): Record<string, string> {
  const entries: Record<string, string> = {
    electron: 'src-main/hosts/electron/main.ts',
    web: 'src-main/hosts/web/main.ts',
    cli: 'src-main/hosts/cli/main.ts',
  };
  for (const worker of globSync('src-main/core/!(testing)/**/*-worker.ts', { cwd: root }).sort()) {
    entries[`workers/${basename(worker, '.ts')}`] = worker;
  }
  return Object.fromEntries(
    Object.entries(entries)
      .map(([name, path]) => [name, resolve(root, path)] as const)
      .filter(([, path]) => existsSync(path)),
  );
}

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      rolldownOptions: {
        input: mainEntries(),
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      // A sandboxed preload can require nothing but electron, and only as CommonJS.
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: resolve(root, 'src-main/hosts/electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src-renderer',
    plugins: [react()],
    // The host puts a fresh nonce in its place with every page it serves.
    html: { cspNonce: NONCE_PLACEHOLDER },
    server: { host: '127.0.0.1' },
    build: {
      outDir: 'out/renderer',
      minify: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1500,
      rolldownOptions: { input: { index: resolve(root, 'src-renderer/index.html') } },
    },
  },
});
