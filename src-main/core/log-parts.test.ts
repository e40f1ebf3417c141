import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createEngine, type Engine } from './engine.ts';
import { testPorts } from './testing/ports.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

async function opened(env: Record<string, string> = {}) {
  const set = testPorts({ env: { PATH: process.env.PATH, ...env } });
  cleanUp.push(() => set.remove());
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => engine.dispose());
  return { ...set, engine };
}
const eventsOf = async ({ client }: Engine, job_id?: string) =>
  (await client.logs.list({ job_id })).lines.map(({ event }) => event);

it('is read by whoever asks the engine, and by a process that only reads', async () => {
  const { engine, ports } = await opened();
  await engine.client.settings.set({ version: 1, demo: { slowness: 0.05 } });
  const { job_id } = await engine.client.jobs.create({
    kind: 'agentic-agent',
    tenant_id: 'team',
    request: { question: 'Why?', backend_type: 'demo', agent: 'prompt' },
  });
  await engine.idle();
  expect(await engine.drainArchive(5000)).toBe(true);
  const events = await eventsOf(engine, job_id);
  expect(events).toEqual([
    'job.accepted',
    'job.started',
    'provision.ready',
    'provision.ended',
    'job.succeeded',
    'archive.delivered',
  ]);
  expect(new Set((await engine.client.logs.list({ job_id })).lines.map((line) => line.tenant_id))).toEqual(
    new Set(['team']),
  );
  const [path = ''] = globSync('results/team/agentic-agent/*/*.json', { cwd: ports.paths.dataDir });
  const archived = JSON.parse(readFileSync(join(ports.paths.dataDir, path), 'utf8')) as {
    readonly logs: readonly { readonly event: string }[];
  };
  expect(archived.logs.map(({ event }) => event)).toEqual(events.slice(0, 4));
  const reader = await createEngine(ports, { mode: 'read' });
  cleanUp.push(() => reader.dispose());
  expect(await eventsOf(reader, job_id)).toEqual(events);
  // What a reader says is not kept: the store is another's.
  reader.ports.logger.log({ level: 'warn', event: 'host.said', message: 'by a reader' });
  expect(await eventsOf(engine)).not.toContain('host.said');
});

it('is kept from one start to the next, with the end of the one before', async () => {
  const { engine, ports } = await opened();
  await engine.dispose();
  const next = await createEngine(ports, { mode: 'own' });
  cleanUp.push(() => next.dispose());
  expect(await eventsOf(next)).toEqual(['engine.started', 'engine.stopped', 'engine.started']);
});

it('holds no secret that was read by name, no token of the API, and none in a field named like one', async () => {
  const { engine, secrets, logged } = await opened({
    RUNE_API_TOKENS: 'a:plain-words-of-tenant-a,b:plain-words-of-tenant-b',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=plain-words-of-a-header',
  });
  secrets.set('mine', 'plain-words-of-a-store');
  await engine.ports.secrets.get('mine');
  await engine.ports.secrets.set('fresh', 'plain-words-just-set', true);
  for (const said of [
    'plain-words-of-tenant-a',
    'plain-words-of-tenant-b',
    'plain-words-of-a-header',
    'plain-words-of-a-store',
    'plain-words-just-set',
  ]) {
    engine.ports.logger.log({
      level: 'error',
      event: 'host.said',
      message: `It said ${said}.`,
      fields: { detail: `as ${said}`, api_key: 'anything', client_ip: '127.0.0.1' },
    });
  }
  const { lines } = await engine.client.logs.list({ event: 'host.said' });
  expect(lines).toHaveLength(5);
  for (const { message, fields } of lines) {
    expect(message).toBe('It said [redacted].');
    expect(fields).toEqual({ detail: 'as [redacted]', api_key: '[redacted]', client_ip: '127.0.0.1' });
  }
  expect(JSON.stringify(logged)).not.toContain('plain-words');
});

it('keeps debug lines only where they are asked for', async () => {
  for (const level of ['info', 'debug']) {
    const { engine } = await opened({ RUNESCOPE_LOG: level });
    engine.ports.logger.log({ level: 'debug', event: 'vastai.retry', message: 'again' });
    expect((await eventsOf(engine)).includes('vastai.retry')).toBe(level === 'debug');
  }
});
