import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEngine } from '#core/engine.ts';
import { realClock, testPorts } from '#core/testing/ports.ts';
import { oneDocument, runCli } from './support/cli.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-retention-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const retention = async (...args: string[]) => {
  const ran = await runCli(['retention', ...args, '--data', dir, '--json']);
  return { ...ran, doc: oneDocument(ran) as Record<string, unknown> };
};

/** Three jobs of 40 days ago, which the folder has; what is older than 30 days is to go. */
async function fill(): Promise<void> {
  const real = realClock();
  const clock = { ...real, nowUs: () => real.nowUs() - 40 * 86_400 * 1e6 };
  const engine = await createEngine(testPorts({ dataDir: dir, clock }).ports, { mode: 'own' });
  await engine.client.settings.set({ version: 1, demo: { slowness: 0.02 }, retention: { max_age_days: 30 } });
  const request = { question: 'Why?', backend_type: 'demo', agent: 'prompt' };
  for (let i = 0; i < 3; i++) await engine.client.jobs.create({ kind: 'agentic-agent', request });
  await engine.idle();
  await engine.drainArchive(5000);
  await engine.dispose();
}

describe('runescope retention', () => {
  it('shows what would go, asks, and deletes that', { timeout: 60_000 }, async () => {
    await fill();
    const preview = await retention('preview');
    expect(preview.code).toBe(0);
    // The newest one stays.
    expect(preview.doc).toMatchObject({ jobs: 2, kept_unarchived: 0 });
    const unasked = await retention('run');
    expect(unasked.code).toBe(3);
    expect(unasked.doc).toMatchObject({ error: { code: 'access.denied' } });
    const { code, doc, stderr } = await retention('run', '--yes');
    expect(code).toBe(0);
    expect(doc).toMatchObject({ deleted: 2, plan: { token: preview.doc.token } });
    expect(stderr).toContain('to be deleted: 2 jobs');
    expect((await retention('preview')).doc).toMatchObject({ jobs: 0 });
    const listed = await runCli(['jobs', 'list', '--data', dir, '--json']);
    expect(oneDocument(listed)).toMatchObject({ total: 1 });
  });

  it('is of a data directory', async () => {
    const { code, doc } = await retention('preview', '--store', join(dir, 'rune.db'));
    expect(code).toBe(2);
    expect(doc).toMatchObject({ error: { code: 'request.invalid' } });
  });
});
