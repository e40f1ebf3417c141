import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenMarket, openMarket } from '#core/testing/open-market.ts';

type Row = Readonly<Record<string, unknown>>;
let open: OpenMarket;
beforeEach(async () => {
  open = await openMarket();
});
afterEach(() => open.remove());

const order = (label: string, more: Row = {}) => ({
  image: 'ollama/ollama:latest',
  runtype: 'args',
  env: { '-p 11434:11434': '1' },
  disk: 20,
  label,
  ...more,
});
const offers = async (): Promise<readonly Row[]> => {
  const { body } = await open.call('POST', '/bundles/', {
    rentable: { eq: true },
    direct_port_count: { gte: 1 },
    inet_down_cost: { gt: 0 },
    num_gpus: { eq: 1 },
    reliability: { gte: 0.99, lte: 1 },
    dph_total: { gt: 0 },
    disk_space: { gte: 200, lt: 1e6 },
    inet_down: { gt: 0 },
    allocated_storage: 20,
    limit: 900,
    order: [['id', 'asc']],
  });
  return (body.offers as Row[]).filter(({ rented }) => rented === false);
};
const rent = async (count: number, more: Row = {}): Promise<readonly number[]> => {
  const ids: number[] = [];
  const seen = new Set<unknown>();
  for (const offer of await offers()) {
    if (ids.length === count) break;
    if (seen.has(offer.machine_id)) continue;
    seen.add(offer.machine_id);
    const { body } = await open.call('PUT', `/asks/${offer.id}/`, order(`rune-${ids.length}.1`, more));
    ids.push(Number(body.new_contract));
  }
  expect(ids).toHaveLength(count);
  return ids;
};
const list = async (query: Readonly<Record<string, unknown>> = {}) => {
  const text = Object.entries(query).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return open.call('GET', `/api/v1/instances/?${new URLSearchParams(text as [string, string][])}`);
};
const charges = async (query: Readonly<Record<string, string>> = {}) =>
  (await open.call('GET', `/charges/?${new URLSearchParams(query)}`)).body as unknown as {
    readonly count: number;
    readonly total: number;
    readonly next_token: string | null;
    readonly results: readonly {
      readonly start: number;
      readonly end: number;
      readonly source: string;
      readonly amount: number;
      readonly metadata: { readonly label: string };
      readonly items: readonly { readonly type: string; readonly amount: number }[];
    }[];
  };

describe('an account of the demo market', () => {
  it('lists its instances in pages, by label, in either order, as the old call does', async () => {
    const ids = await rent(30);
    const first = await list();
    expect(first.body).toMatchObject({ success: true, instances_found: 25, total_instances: 30 });
    await open.call('DELETE', `/instances/${ids[24]}/`);
    const second = await list({ after_token: String(first.body.next_token) });
    const told = [...(first.body.instances as Row[]), ...(second.body.instances as Row[])].map(
      ({ id }) => id,
    );
    expect(told).toEqual(ids);
    expect(second.body.next_token).toBeNull();
    const one = await list({ select_filters: { label: { eq: 'rune-3.1' } }, select_cols: ['id', 'label'] });
    expect(one.body.instances).toEqual([{ id: ids[3], label: 'rune-3.1' }]);
    const last = await list({ limit: '1', order_by: [{ col: 'id', dir: 'desc' }] });
    expect((last.body.instances as Row[])[0]?.id).toBe(ids[29]);
    expect((await list({ limit: '26' })).status).toBe(400);
    expect(((await open.call('GET', '/instances/')).body.instances as Row[]).length).toBe(29);
  });

  it('spells memory otherwise than its offers do', async () => {
    const [id] = await rent(1);
    const { body } = await open.call('GET', `/instances/${id}/`);
    expect(body.instances).toHaveProperty('gpu_totalram');
    expect(body.instances).not.toHaveProperty('gpu_total_ram');
    expect(body.instances).not.toHaveProperty('reliability');
  });

  it('refuses a wrong key, and says 404 for one instance', async () => {
    const [id] = await rent(1);
    const wrong = async (method: string, path: string) => {
      const { status, body } = await open.call(method, path, undefined, 'another');
      expect(body.msg).toBe('Invalid user key');
      return status;
    };
    expect(await wrong('GET', '/users/current/')).toBe(401);
    expect(await wrong('GET', '/api/v1/instances/')).toBe(401);
    expect(await wrong('GET', `/instances/${id}/`)).toBe(404);
    expect(await wrong('DELETE', `/instances/${id}/`)).toBe(404);
    expect(open.market.listed()).toHaveLength(1);
    expect((await open.call('GET', '/users/current/')).body).toMatchObject({ credit: 100 });
  });

  it('answers a path without its slash with a page, and one that is none with 404', async () => {
    const page = await open.call('GET', '/users/current');
    expect([page.status, page.type]).toEqual([200, 'text/html; charset=utf-8']);
    expect((await open.call('GET', '/nothing/')).status).toBe(404);
    expect((await open.call('POST', '/instances/')).status).toBe(404);
  });

  it('refuses bodies that are no JSON or too large', async () => {
    const headers = { authorization: `Bearer ${open.market.key}`, connection: 'close' };
    const post = async (body: string) =>
      (await fetch(`${open.market.url}/bundles/`, { method: 'POST', headers, body })).status;
    expect(await post('{"limit":')).toBe(400);
    expect(await post(JSON.stringify({ x: 'y'.repeat(2_000_000) }))).toBe(413);
  });

  it('knows a few templates, by their hash', async () => {
    const all = (await open.call('GET', '/template/')).body.templates as Row[];
    expect(all.length).toBeGreaterThan(1);
    expect(all[0]?.env).toMatch(/^-p 11434/);
    const by = async (hash: unknown) =>
      (await open.call('GET', `/template/?select_filters=${JSON.stringify({ hash_id: { eq: hash } })}`)).body;
    expect(await by(all[0]?.hash_id)).toMatchObject({
      templates_found: 1,
      templates: [{ name: all[0]?.name }],
    });
    expect(await by('nothing')).toMatchObject({ templates_found: 0, templates: [] });
    const [id] = await rent(1, {
      image: undefined,
      env: undefined,
      runtype: undefined,
      template_hash_id: all[0]?.hash_id,
    });
    open.clock.forward(3600);
    const { body } = await open.call('GET', `/instances/${id}/`);
    expect(body.instances).toMatchObject({ image_uuid: 'ollama/ollama:latest', ports: expect.anything() });
  });

  it('keeps volumes until they are deleted, either way', async () => {
    const [offer] = await offers();
    const make = async () =>
      (await open.call('PUT', '/volumes/', { id: offer?.avail_vol_ask_id, size: 10 })).body.id;
    const [one, two] = [await make(), await make()];
    const [id] = await rent(1, { volume_info: { create_new: true, size: 5 } });
    await open.call('DELETE', `/instances/${id}/`);
    const ids = async () => ((await open.call('GET', '/volumes/')).body.volumes as Row[]).map((v) => v.id);
    expect(await ids()).toHaveLength(3);
    expect((await open.call('DELETE', '/volumes/', { id: one })).status).toBe(200);
    expect((await open.call('DELETE', `/volumes/?id=${two}`)).status).toBe(200);
    expect((await open.call('DELETE', '/volumes/', { id: one })).status).toBe(404);
    expect(await ids()).toHaveLength(1);
    open.clock.forward(7300 * 3600);
    const [bill] = (await charges({ select_filters: '{"type":{"in":["volume"]}}' })).results.slice(-1);
    expect(bill?.source).toMatch(/^volume-/);
    expect(bill?.amount).toBeGreaterThan(0);
  });

  it('is refused when it calls too often, in either form, where that is asked for', async () => {
    await open.remove();
    open = await openMarket({ intervals: true });
    const get = (path: string) => open.call('GET', path);
    expect((await get('/instances/1/')).status).toBe(200);
    const [text, detail] = [await get('/instances/1/'), await get('/instances/1/')];
    expect([text.status, text.type, text.text]).toEqual([
      429,
      'text/plain; charset=utf-8',
      'API requests too frequent endpoint threshold=2.0',
    ]);
    expect([detail.status, detail.body]).toEqual([
      429,
      { detail: 'API requests too frequent endpoint threshold=2.0' },
    ]);
    expect((await get('/volumes/')).status).toBe(200);
    open.clock.forward(2);
    expect((await get('/instances/1/')).status).toBe(200);
  });
});

describe('the bill', () => {
  it('counts hours at the agreed price, disk while stopped, bytes as they came', async () => {
    const [offer] = await offers();
    const { body } = await open.call('PUT', `/asks/${offer?.id}/`, order('rune-b.1'));
    const id = Number(body.new_contract);
    const { body: shown } = await open.call('GET', `/instances/${id}/`);
    const { dph_total, storage_total_cost } = shown.instances as {
      dph_total: number;
      storage_total_cost: number;
    };
    expect(dph_total).toBeCloseTo(Number(offer?.dph_total), 12);
    open.clock.forward(2 * 3600);
    const now = (await open.call('GET', `/instances/${id}/`)).body.instances as {
      ports: never;
      dph_total: number;
    };
    // The market's price moves on, the contract's does not.
    expect(now.dph_total).toBe(dph_total);
    const port = (now.ports as Record<string, { HostPort: string }[]>)['11434/tcp']?.[0]?.HostPort;
    await (
      await fetch(`http://127.0.0.1:${port}/api/pull`, { method: 'POST', body: '{"model":"llama3.1:8b"}' })
    ).text();
    await open.call('PUT', `/instances/${id}/`, { state: 'stopped' });
    open.clock.forward(10 * 3600);
    await open.call('PUT', `/instances/${id}/`, { state: 'running' });
    open.clock.forward(3600);
    await open.call('DELETE', `/instances/${id}/`);
    open.clock.forward(1000 * 3600);

    const gpu = 3 * (dph_total - storage_total_cost);
    const disk = 13 * storage_total_cost;
    const bytes = (2 + 9) * Number(offer?.inet_down_cost);
    const { results, total } = await charges({ limit: '100' });
    expect(total).toBe(1);
    expect(results[0]).toMatchObject({ source: `instance-${id}`, metadata: { label: 'rune-b.1' } });
    const items = Object.fromEntries((results[0]?.items ?? []).map(({ type, amount }) => [type, amount]));
    expect(items.gpu).toBeCloseTo(gpu, 9);
    expect(items.disk).toBeCloseTo(disk, 9);
    expect(items.bwd_down).toBeCloseTo(bytes, 9);
    expect(results[0]?.amount).toBeCloseTo(gpu + disk + bytes, 9);
    expect((results[0]?.end ?? 0) - (results[0]?.start ?? 0)).toBeCloseTo(13 * 3600, 3);
    expect(open.market.bills()).toEqual([
      expect.objectContaining({ id, label: 'rune-b.1', status: 'destroyed', usd: results[0]?.amount }),
    ]);
  });

  it('is told for the days asked for, and the days add up', async () => {
    const [id] = await rent(1);
    const start = open.clock.nowUs() / 1e6;
    open.clock.forward(5 * 86_400);
    const whole = open.market.bills()[0]?.usd ?? 0;
    let sum = 0;
    for (let day = 0; day < 6; day++) {
      const at = start + day * 86_400;
      const select_filters = JSON.stringify({ day: { gte: at, lte: at }, type: { in: ['instance'] } });
      const { results } = await charges({ select_filters });
      for (const { source, amount } of results) {
        expect(source).toBe(`instance-${id}`);
        sum += amount;
      }
    }
    expect(whole).toBeGreaterThan(0.1);
    expect(sum).toBeCloseTo(whole, 9);
    const before = JSON.stringify({ day: { lte: start - 86_400 } });
    expect((await charges({ select_filters: before })).total).toBe(0);
  });

  it('comes in pages', async () => {
    const ids = await rent(7);
    open.clock.forward(600);
    const sources: string[] = [];
    let token: string | null = '';
    do {
      const page = await charges({ limit: '3', ...(token === '' ? {} : { after_token: token }) });
      sources.push(...page.results.map(({ source }) => source));
      token = page.next_token;
    } while (token !== null);
    expect(sources).toEqual(ids.map((id) => `instance-${id}`));
    expect((await open.call('GET', '/charges/?limit=101')).status).toBe(400);
    expect((await open.call('GET', '/charges/?select_filters=day')).status).toBe(400);
  });
});

describe('the state file', () => {
  it('holds every change before it is told, and a restart brings back servers where they were', async () => {
    const [one, two] = await rent(2);
    open.clock.forward(3600);
    const ports = async () => {
      const { body } = await open.call('GET', `/instances/${one}/`);
      return (body.instances as Row | null)?.ports as Record<string, { HostPort: string }[]> | undefined;
    };
    const port = (await ports())?.['11434/tcp']?.[0]?.HostPort;
    const ask = (path: string, body: unknown) =>
      fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: JSON.stringify(body) });
    await (await ask('/api/pull', { model: 'qwen3:4b' })).text();
    await open.call('DELETE', `/instances/${two}/`);
    const state = JSON.parse(readFileSync(open.statePath, 'utf8'));
    expect(state.contracts.map(({ id }: Row) => id)).toEqual([one, two]);
    expect(state.contracts[1].destroyed_at).not.toBeNull();
    const bills = open.market.bills();
    await open.close();
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
    open = await openMarket({ dir: open.dir, moving: open.clock });
    expect(open.market.bills()).toEqual(bills);
    expect((await ask('/api/generate', { model: 'qwen3:4b', prompt: '', stream: false })).status).toBe(200);
    expect((await ports())?.['11434/tcp']?.[0]?.HostPort).toBe(port);
    expect(await rent(1)).toEqual([Number(two) + 1]);
    expect(readdirSync(open.dir)).toEqual(['market.json']);
  });

  it('is moved aside when it is damaged or another seed wrote it', async () => {
    await rent(1);
    await open.close();
    writeFileSync(open.statePath, readFileSync(open.statePath, 'utf8').slice(0, -40));
    open = await openMarket({ dir: open.dir });
    expect(open.market.listed()).toEqual([]);
    expect(readdirSync(open.dir)).toEqual([expect.stringMatching(/^market\.json\.damaged-\d+$/)]);
    await rent(1);
    await open.close();
    open = await openMarket({ dir: open.dir, seed: 8 });
    expect(open.market.listed()).toEqual([]);
    expect(readdirSync(open.dir)).toHaveLength(2);
  });

  it('is only read by a market that is only looked at', async () => {
    const [id] = await rent(1);
    open.clock.forward(3600);
    await open.call('GET', `/instances/${id}/`);
    const text = readFileSync(open.statePath, 'utf8');
    const reader = await openMarket({ dir: open.dir, moving: open.clock, readOnly: true });
    const mine = await open.call('GET', `/instances/${id}/`);
    expect((await reader.call('GET', `/instances/${id}/`)).body).toEqual(mine.body);
    const [offer] = await offers();
    expect((await reader.call('PUT', `/asks/${offer?.id}/`, order('x'))).status).toBe(503);
    expect((await reader.call('DELETE', `/instances/${id}/`)).status).toBe(503);
    expect(readFileSync(open.statePath, 'utf8')).toBe(text);
    await reader.close();
  });
});
