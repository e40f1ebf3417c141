import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, LogRecord, Ports } from '#core/ports/ports.ts';

/** The real clock: wall time anchored once, then monotonic. */
export function realClock(): Clock {
  const anchorUs = Math.round((Date.now() - performance.now()) * 1000);
  return {
    nowUs: () => anchorUs + Math.round(performance.now() * 1000),
    monotonicMs: () => performance.now(),
  };
}

export interface TestPorts {
  readonly ports: Ports;
  readonly dataDir: string;
  readonly logged: readonly LogRecord[];
  readonly secrets: Map<string, string>;
  remove(): void;
}

/** Ports over a fresh directory, with secrets in memory and the log in an array. */
export function testPorts(given: Partial<Ports> & { readonly dataDir?: string } = {}): TestPorts {
  const { dataDir: existing, env, ...overrides } = given;
  const dataDir = existing ?? mkdtempSync(join(tmpdir(), 'runescope-test-'));
  const logged: LogRecord[] = [];
  const secrets = new Map<string, string>();
  const ports: Ports = {
    hostKind: 'cli',
    clock: realClock(),
    // The one price API that needs no key: nothing listens here.
    env: { AZURE_RETAIL_PRICES_URL: 'http://127.0.0.1:1', ...(env ?? { PATH: process.env.PATH }) },
    logger: { log: (record) => logged.push(record) },
    paths: { dataDir },
    secrets: {
      get: async (name) => secrets.get(name) ?? null,
      list: async () => [...secrets.keys()].map((name) => ({ name, kept_in: 'file' as const })),
      set: async (name, value) => void secrets.set(name, value),
      remove: async (name) => void secrets.delete(name),
      keychain: { available: false, reason: 'There is no keychain in tests.' },
    },
    appVersion: '0.0.0-test',
    platform: process.platform,
    nodeVersion: process.versions.node,
    nativeOpenDialog: false,
    ...overrides,
  };
  return { ports, dataDir, logged, secrets, remove: () => rmSync(dataDir, { recursive: true, force: true }) };
}
