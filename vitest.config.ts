import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_ARGS, findBrowser } from './e2e/support/ensure-browser.ts';

const setup = fileURLToPath(new URL('./e2e/support/setup-env.ts', import.meta.url));
// Not every run needs a browser: without one, only the projects that do need it fail.
const browser = findBrowser();

// Three even on two cores: most tests wait for a server, a process or a disk.
const maxWorkers = Math.max(3, availableParallelism() - 1);

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src-*/**/*.test.ts'],
          setupFiles: [setup],
          testTimeout: 20_000,
          hookTimeout: 20_000,
          maxWorkers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['src-*/**/*.test-d.ts'],
            tsconfig: './e2e/support/tsconfig.types.json',
            spawnTimeout: 60_000,
          },
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Wanted late by a page: found only then, it would load the page anew in the middle of a test.
        optimizeDeps: { include: ['yaml'] },
        test: {
          name: 'browser',
          include: ['src-renderer/**/*.test.tsx'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(browser === null ? {} : { executablePath: browser }),
                args: [...CHROMIUM_ARGS],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'cli',
          environment: 'node',
          include: ['e2e/*cli.test.ts'],
          setupFiles: [setup],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Processes that start, print and end: they wait for one another more than for a core.
          maxWorkers,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['e2e/**/*.test.ts'],
          exclude: ['e2e/*cli.test.ts'],
          setupFiles: [setup],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // A browser, a server and the test share two cores: one file at a time keeps waits honest.
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
