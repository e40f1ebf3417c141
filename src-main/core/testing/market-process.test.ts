import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MarketFault } from './market-faults.ts';
import { scaledClock } from './scaled-clock.ts';
import { type SpawnedMarket, type SpawnMarketOptions, spawnMarket } from './spawn-market.ts';

type Row = Readonly<Record<string, unknown>>;
let dir: string;
let market: SpawnedMarket;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'runescope-market-'));
});
afterEach(async () => {
  await market.close();
  rmSync(dir, { recursive: true, force: true });
});
const start = async (options: Partial<SpawnMarketOptions> = {}) => {
  market = await spawnMarket({ statePath: join(dir, 'market.json'), fates: {}, speed: 600, ...options });
};

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Row;
}
function call(method: string, path: string, body?: unknown, timeoutMs = 10_000): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${market.key}` };
    const request = ask(
      `${market.url}${path}`,
      { method, headers, agent: false, timeout: timeoutMs },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () => {
          let parsed: Row = {};
          try {
            parsed = JSON.parse(text);
          } catch {}
          resolve({ status: answer.statusCode ?? 0, text, body: parsed });
        });
      },
    );
    request.on('timeout', () => request.destroy(new Error('timed out')));
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
const order = { image: 'ollama/ollama', runtype: 'args', env: { '-p 11434:11434': '1' }, disk: 20 };
const offers = async (): Promise<readonly Row[]> => {
  const { body } = await call('POST', '/bundles/', {
    rentable: { eq: true },
    direct_port_count: { gte: 1 },
    num_gpus: { eq: 1 },
    disk_space: { gte: 20 },
    limit: 900,
    order: [['id', 'asc']],
  });
  return (body.offers as Row[]).filter(({ rented }) => rented === false);
};
const rent = async (label: string): Promise<number> => {
  const [offer] = await offers();
  return Number((await call('PUT', `/asks/${offer?.id}/`, { ...order, label })).body.new_contract);
};

describe('the market as a process', () => {
  it('agrees on the time with a process that has the same base and speed, and boots on that clock', async () => {
    await start();
    const clock = scaledClock(market.base, market.speed);
    const id = await rent('rune-t.1');
    const shown = (await call('GET', `/instances/${id}/`)).body.instances as { start_date: number };
    expect(Math.abs(shown.start_date - clock.nowUs() / 1e6)).toBeLessThan(600);
    expect(Math.abs(market.clock.nowUs() - clock.nowUs())).toBeLessThan(600e6);
    const deadline = performance.now() + 5000;
    let status: unknown;
    while (status !== 'running' && performance.now() < deadline) {
      status = (await market.listed())[0]?.status;
      await sleep(20);
    }
    expect(status).toBe('running');
    const [bill] = await market.bills();
    expect(bill?.usd).toBeGreaterThan(0);
  });

  it('closes the server of a machine when it is lost, asked or not', async () => {
    await start({ fates: { lost: 1 } });
    const id = await rent('rune-l.1');
    let ports: Record<string, readonly { HostPort: string }[]> | undefined;
    while (ports === undefined) {
      const { instances } = (await call('GET', `/instances/${id}/`)).body as { instances: Row };
      ports = instances.ports as typeof ports;
      await sleep(10);
    }
    const url = `http://127.0.0.1:${ports['11434/tcp']?.[0]?.HostPort}`;
    const listens = () =>
      fetch(url, { headers: { connection: 'close' } }).then(
        () => true,
        () => false,
      );
    const deadline = performance.now() + 5000;
    while ((await listens()) && performance.now() < deadline) await sleep(20);
    expect(await listens()).toBe(false);
  });

  it('loses nothing when it is killed: contracts, bills and ports are there when it comes back', async () => {
    await start({ key: 'a-key-of-the-test' });
    const id = await rent('rune-k.1');
    const gone = await rent('rune-k.2');
    await call('DELETE', `/instances/${gone}/`);
    const before = await market.bills();
    const { base, speed, url } = market;
    await market.kill();
    await start({ key: 'a-key-of-the-test', base, speed, port: Number(new URL(url).port) });
    expect(market.url).toBe(url);
    expect((await market.listed()).map((one) => [one.id, one.label])).toEqual([[id, 'rune-k.1']]);
    const after = await market.bills();
    expect(after[1]).toEqual(before[1]);
    expect(after[0]?.usd).toBeGreaterThan(before[0]?.usd ?? Infinity);
  });

  it.each([
    ['reset-before', 'ECONNRESET', 0],
    ['reset-after', 'ECONNRESET', 1],
    ['hang-before', 'timed out', 0],
    ['hang-after', 'timed out', 1],
  ] as const)('%s: %s, %d created', async (fault, message, created) => {
    await start();
    const [offer] = await offers();
    await market.inject('create', fault);
    await expect(call('PUT', `/asks/${offer?.id}/`, { ...order, label: 'x' }, 400)).rejects.toThrow(message);
    expect((await market.listed()).map(({ label }) => label)).toEqual(created === 1 ? ['x'] : []);
    expect((await market.calls()).at(-1)).toMatchObject({ endpoint: 'create', label: 'x', fault });
  });

  it.each([
    ['error-before', 0, (a: Answer) => a.status >= 500],
    ['error-after', 1, (a: Answer) => a.status >= 500],
    ['html-before', 0, (a: Answer) => a.status === 200 && a.text.startsWith('<')],
    ['html-after', 1, (a: Answer) => a.status === 200 && a.text.startsWith('<')],
    ['garbage-after', 1, (a: Answer) => a.status === 200 && a.text.startsWith('{"success":true')],
    ['rate-limited', 0, (a: Answer) => a.status === 429],
    ['lie-failed', 1, (a: Answer) => a.status === 200 && a.body.success === false],
    ['lie-done', 0, (a: Answer) => a.status === 200 && Number(a.body.new_contract) > 0],
    ['taken', 0, (a: Answer) => a.status === 404 || a.status === 410],
  ] as const)('%s: %d created', async (fault, created, is) => {
    await start();
    const [offer] = await offers();
    await market.inject('create', fault);
    const answer = await call('PUT', `/asks/${offer?.id}/`, { ...order, label: 'x' });
    expect(is(answer), `${answer.status} ${answer.text}`).toBe(true);
    expect(await market.listed()).toHaveLength(created);
    // A lost answer is lost: what it would have said is in no other.
    if (fault === 'lie-done') {
      const shown = await call('GET', `/instances/${answer.body.new_contract}/`);
      expect(shown.body).toEqual({ instances: null });
    }
    if (fault === 'taken') {
      expect((await offers()).map(({ id }) => id)).not.toContain(offer?.id);
      expect((await call('PUT', `/asks/${offer?.id}/`, order)).body.success).toBe(false);
    }
  });

  it('says destroyed and does not, ignores filters, and has outages that end', async () => {
    await start({ speed: 60 });
    const id = await rent('rune-d.1');
    await market.inject('destroy', 'lie-done');
    expect((await call('DELETE', `/instances/${id}/`)).body).toEqual({ success: true });
    expect(await market.listed()).toHaveLength(1);
    await market.inject('search', 'ignore-filters');
    const wish = { gpu_name: { eq: 'H200' }, limit: 900 };
    const found = (await call('POST', '/bundles/', wish)).body.offers as Row[];
    expect(found.some(({ gpu_name }) => gpu_name !== 'H200')).toBe(true);
    await market.outage({ seconds: 60, fault: 'error-before' });
    expect((await call('GET', '/users/current/')).status).toBeGreaterThanOrEqual(500);
    await sleep(1200);
    expect((await call('GET', '/users/current/')).status).toBe(200);
    expect(await market.strike(id, 'ended')).toBe(true);
    expect((await call('GET', `/instances/${id}/`)).body).toEqual({ instances: null });
  });

  it('misbehaves at seeded rates, the same in every run', async () => {
    const run = async () => {
      await start({ seed: 5, faults: { user: { 'error-before': 0.3, 'rate-limited': 0.2 } } });
      for (let i = 0; i < 40; i++) await call('GET', '/users/current/');
      const faults = (await market.calls()).map(({ fault }) => fault);
      await market.faults(null);
      expect((await call('GET', '/users/current/')).status).toBe(200);
      await market.close();
      return faults;
    };
    const first: readonly (MarketFault | null)[] = await run();
    expect(first.filter((fault) => fault === null).length).toBeGreaterThan(10);
    expect(first).toContain('error-before');
    expect(first).toContain('rate-limited');
    expect(await run()).toEqual(first);
  });

  it('gives the same machines the same fates in every run', async () => {
    const run = async () => {
      rmSync(join(dir, 'market.json'), { force: true });
      await start({
        seed: 9,
        base: 1_795_400_000_000_000,
        speed: 1e-6,
        fates: { 'never-up': 0.3, lost: 0.3 },
      });
      const machines = new Set<unknown>();
      for (const { id, machine_id } of await offers())
        if (machines.size < 20 && !machines.has(machine_id)) {
          machines.add(machine_id);
          await call('PUT', `/asks/${id}/`, order);
        }
      const fates = (await market.listed()).map(({ offer_id, fate }) => [offer_id, fate]);
      await market.close();
      return fates;
    };
    const first = await run();
    expect(new Set(first.map(([, fate]) => fate)).size).toBeGreaterThan(2);
    expect(await run()).toEqual(first);
  });

  it('leaves nothing open when it is closed', async () => {
    await start();
    const script = `
      import { openMarket } from ${JSON.stringify(new URL('./open-market.ts', import.meta.url).href)};
      const open = await openMarket({ fates: () => ({ lost: 1 }) });
      const { body } = await open.call('POST', '/bundles/', { rentable: { eq: true }, disk_space: { gte: 20 }, direct_port_count: { gte: 1 }, inet_down: { gte: 500 } });
      const { body: made } = await open.call('PUT', '/asks/' + body.offers.find((one) => !one.rented).id + '/', ${JSON.stringify(order)});
      for (let i = 0; i < 400; i++, open.clock.forward(1)) {
        const { body: shown } = await open.call('GET', '/instances/' + made.new_contract + '/');
        if (shown.instances?.ports) { process.stdout.write('served'); break; }
      }
      await open.remove();`;
    const ended = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 10_000,
    });
    expect(ended.stdout).toBe('served');
  });
});
