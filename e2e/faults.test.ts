import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appRoot } from '#hosts/shared/app-root.ts';
import { type CliOptions, oneDocument, runCli } from './support/cli.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-faults-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const json = async (dataDir: string, args: readonly string[], options?: CliOptions) => {
  const ran = await runCli([...args, '--json', '--data', dataDir], options);
  return {
    code: ran.code,
    stderr: ran.stderr,
    doc: oneDocument(ran) as Record<string, unknown> & { error?: { code: string; message: string } | null },
  };
};
const DEMO = ['run', 'agentic-agent', '--backend-type', 'demo', '--agent', 'prompt', '--question', 'Why?'];

describe('a data directory whose store cannot be used', () => {
  it.each<[what: string, code: string, harm: (path: string) => void]>([
    ['is no SQLite file', 'store.not_sqlite', (path) => writeFileSync(path, 'not a database '.repeat(1000))],
    ['is cut short', 'store.damaged', (path) => truncateSync(path, statSync(path).size / 2)],
  ])('%s: command line and web app say so in one sentence and touch nothing', async (_, code, harm) => {
    const path = join(dir, 'runescope.db');
    expect((await json(dir, ['run', 'cost-estimate', '--local-hardware'])).code).toBe(0);
    harm(path);
    const hash = () => createHash('sha256').update(readFileSync(path)).digest('hex');
    const before = hash();
    for (const args of [['jobs', 'list'], [...DEMO], ['serve', '--no-open'], ['events', 'summary']]) {
      const ran = await json(dir, args);
      expect(ran.doc, args[0]).toEqual({ error: expect.objectContaining({ code }) });
      expect(ran.doc.error?.message).toContain(path);
      expect(ran.code).toBe(2);
      expect(ran.stderr).not.toMatch(/^ +at /m);
    }
    const web = spawnSync(
      process.execPath,
      [join(appRoot, 'src-main/hosts/web/main.ts'), '--no-open', '--data', dir],
      { encoding: 'utf8', timeout: 20_000, env: { PATH: process.env.PATH, HOME: process.env.HOME } },
    );
    expect(web).toMatchObject({ status: 1, stdout: '' });
    expect(web.stderr.trim().split('\n')).toHaveLength(1);
    expect(web.stderr).toContain(path);
    expect(hash()).toBe(before);
    expect(existsSync(join(dir, 'engine.lock'))).toBe(false);
  });

  it('is a file itself', async () => {
    const file = join(dir, 'file');
    writeFileSync(file, 'mine');
    const { doc, code } = await json(file, DEMO);
    expect(doc.error).toMatchObject({ code: 'store.unreadable', message: expect.stringContaining(file) });
    expect(code).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('was made by somebody killed in the first moment: reading and running work', async () => {
    writeFileSync(join(dir, 'runescope.db'), '');
    expect((await json(dir, ['jobs', 'list'])).doc).toEqual({ jobs: [], total: 0 });
    expect((await json(dir, ['run', 'cost-estimate', '--local-hardware'])).code).toBe(0);
  });
});

describe('a disk that fills up', () => {
  /** A file system of 3 MB, which only root may make. */
  function smallDisk(): { readonly path: string; readonly skipped: string | null; unmount(): void } {
    const path = join(dir, 'disk');
    mkdirSync(path);
    if (process.platform !== 'linux') return { path, skipped: 'only Linux has tmpfs', unmount: () => {} };
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'runescope-test', path], {
      encoding: 'utf8',
    });
    const skipped =
      mounted.status === 0 ? null : `no tmpfs can be mounted here: ${mounted.stderr ?? 'no mount program'}`;
    return { path, skipped, unmount: () => void (skipped ?? spawnSync('umount', [path])) };
  }

  it('while a job runs keeps its end until there is room, and the store whole', async (context) => {
    const disk = smallDisk();
    try {
      if (disk.skipped !== null) return context.skip(disk.skipped);
      const data = join(disk.path, 'data');
      const ballast = join(disk.path, 'ballast');
      expect((await json(data, ['run', 'cost-estimate', '--local-hardware'])).code).toBe(0);

      let filled = false;
      const { doc, code, stderr } = await json(data, DEMO, {
        onStderr: (_child, text) => {
          if (!filled && text.includes('provider.provision')) {
            filled = true;
            fill(ballast);
          }
          // The job is done and cannot say so: now there is room.
          if (text.includes('job.end_not_written')) rmSync(ballast, { force: true });
        },
      });
      expect(filled).toBe(true);
      expect(stderr).toContain('telemetry.write_failed');
      expect(stderr).toContain('job.end_not_written');
      expect(code).toBe(0);
      expect(doc).toMatchObject({ job: { status: 'succeeded', span_count: 8 }, error: null });
      rmSync(ballast, { force: true });

      const db = new Database(join(data, 'runescope.db'), { readonly: true });
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      expect(db.prepare('SELECT count(*) FROM rs_open_span').pluck().get()).toBe(0);
      db.close();
      expect((await json(data, ['jobs', 'list'])).doc).toMatchObject({ total: 2 });
      const results = readdirSync(join(data, 'results'), { recursive: true }).filter((name) =>
        String(name).endsWith('.json'),
      );
      expect(results).toHaveLength(2);
    } finally {
      disk.unmount();
    }
  });

  it('before a job starts refuses it with what to do', async (context) => {
    const disk = smallDisk();
    try {
      if (disk.skipped !== null) return context.skip(disk.skipped);
      fill(join(disk.path, 'ballast'));
      const { doc, code } = await json(join(disk.path, 'data'), DEMO);
      expect(doc.error).toMatchObject({
        code: 'store.full',
        message: expect.stringMatching(/Free some space/),
      });
      expect(code).toBe(2);
    } finally {
      disk.unmount();
    }
  });
});

/** Takes every free byte. */
function fill(path: string): void {
  for (const size of [1 << 20, 1 << 16, 1 << 12, 1]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'ENOSPC' });
    }
  }
}
