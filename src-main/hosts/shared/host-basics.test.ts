import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createClock } from './clock.ts';
import { createLogger } from './logger.ts';
import { contentSecurityPolicy, NONCE_PLACEHOLDER, withNonce } from './page-policy.ts';
import { dataDirFor, defaultDataDir } from './paths.ts';

describe('data directory', () => {
  const at = (platform: NodeJS.Platform, env = {}) => defaultDataDir({ env, platform, home: '/home/ada' });

  it('is where each operating system wants it', () => {
    expect(at('linux')).toBe('/home/ada/.local/share/runescope');
    expect(at('linux', { XDG_DATA_HOME: '/data' })).toBe('/data/runescope');
    expect(at('linux', { XDG_DATA_HOME: 'relative' })).toBe('/home/ada/.local/share/runescope');
    expect(at('darwin')).toBe('/home/ada/Library/Application Support/Runescope');
    expect(at('win32', { LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local' })).toBe(
      'C:\\Users\\ada\\AppData\\Local\\Runescope',
    );
  });

  it('is what --data says, then RUNESCOPE_DATA, and absolute', () => {
    const machine = { env: { RUNESCOPE_DATA: '/from/env' }, platform: 'linux', home: '/home/ada' } as const;
    expect(dataDirFor('here', machine)).toBe(resolve('here'));
    expect(dataDirFor(undefined, machine)).toBe('/from/env');
    expect(dataDirFor(undefined, { ...machine, env: {} })).toBe('/home/ada/.local/share/runescope');
  });
});

describe('logger', () => {
  const linesAt = (level?: string, least?: 'info') => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const logger = createLogger(
      { RUNESCOPE_LOG: level },
      least === undefined ? { write } : { least: () => least, write },
    );
    for (const each of ['debug', 'info', 'warn', 'error'] as const) {
      logger.log({
        level: each,
        event: 'job.failed',
        message: '100 %s\nline two',
        job_id: 'j1',
        at: 1_790_000_000.5,
        fields: { message: 'not twice', level: 'nor this', status_code: 200 },
      });
    }
    return lines;
  };

  it('writes one JSON line a record, with all of its fields and none twice', () => {
    const [first = ''] = linesAt('error');
    expect(first.indexOf('\n')).toBe(first.length - 1);
    expect(JSON.parse(first)).toEqual({
      level: 'error',
      timestamp: '2026-09-21T14:13:20.500+00:00',
      logger: 'job',
      event: 'job.failed',
      message: '100 %s\nline two',
      tenant_id: null,
      job_id: 'j1',
      trace_id: null,
      span_id: null,
      status_code: 200,
    });
    expect(first.match(/"message":/g)).toHaveLength(1);
    expect(first.match(/"level":/g)).toHaveLength(1);
  });

  it('keeps to the level of RUNESCOPE_LOG, and says more in HTTP mode', () => {
    expect(
      [
        linesAt('debug'),
        linesAt(),
        linesAt('nonsense'),
        linesAt('silent'),
        linesAt(undefined, 'info'),
        linesAt('error', 'info'),
      ].map((lines) => lines.length),
    ).toEqual([4, 2, 2, 0, 3, 1]);
  });
});

describe('clock', () => {
  it('stands by one anchor, in whole microseconds that never run backwards', () => {
    const clock = createClock();
    const read = Array.from({ length: 1000 }, () => clock.nowUs());
    expect(read.every((at, i) => Number.isInteger(at) && at >= (read[i - 1] ?? 0))).toBe(true);
    expect(Math.abs((read[0] ?? 0) / 1000 - Date.now())).toBeLessThan(2000);
  });
});

describe('page policy', () => {
  it('allows no inline script, no eval and no outside host in production', () => {
    const policy = contentSecurityPolicy({ nonce: 'bm9uY2U=', connect: ['ws://127.0.0.1:1'] });
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  });

  it('puts the nonce wherever the build left its place', () => {
    expect(withNonce(`<a nonce="${NONCE_PLACEHOLDER}"><b nonce="${NONCE_PLACEHOLDER}">`, 'x')).toBe(
      '<a nonce="x"><b nonce="x">',
    );
  });
});
