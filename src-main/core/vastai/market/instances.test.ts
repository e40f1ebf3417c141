import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenMarket, openMarket } from '#core/testing/open-market.ts';

const OLLAMA = {
  image: 'ollama/ollama:latest',
  runtype: 'args',
  env: { '-p 11434:11434': '1', OLLAMA_HOST: '0.0.0.0:11434' },
  disk: 40,
};

type Row = Readonly<Record<string, unknown>>;
let open: OpenMarket;
beforeEach(async () => {
  open = await openMarket();
});
afterEach(() => open.remove());

const freeOffers = async (filter: Row = {}): Promise<readonly Row[]> => {
  const { body } = await open.call('POST', '/bundles/', {
    rentable: { eq: true },
    direct_port_count: { gte: 1 },
    dph_total: { gt: 0 },
    duration: { gte: 90_000 },
    disk_space: { gte: 41, lt: 1e6 },
    allocated_storage: 40,
    order: [['id', 'asc']],
    limit: 1000,
    ...filter,
  });
  return (body.offers as Row[]).filter(({ rented }) => rented === false);
};
const rent = async (more: Row = {}, offer?: Row): Promise<number> => {
  const wanted = offer ?? (await freeOffers())[0];
  const { body } = await open.call('PUT', `/asks/${wanted?.id}/`, { ...OLLAMA, ...more });
  expect(body).toMatchObject({ success: true });
  return Number(body.new_contract);
};
const show = async (id: number) => (await open.call('GET', `/instances/${id}/`)).body.instances as Row | null;
const ollamaPort = (shown: Row | null): string | undefined =>
  (shown?.ports as Record<string, { HostPort: string }[]> | undefined)?.['11434/tcp']?.[0]?.HostPort;
/** Beyond every boot. */
const BOOTED = 3600;

describe('a rented machine', () => {
  it('is provisioned, created, loads and runs, and then serves models where it says', async () => {
    const id = await rent({ label: 'rune-a.1' });
    const seen: unknown[] = [];
    for (let s = 0; s < 900; s += 3, open.clock.forward(3)) {
      const { actual_status, ports, status_msg } = (await show(id)) ?? {};
      if (seen.at(-1) !== actual_status) seen.push(actual_status);
      if (actual_status === 'loading') expect(String(status_msg)).toMatch(/Pulling|Downloading \d+%/);
      expect(ports !== undefined).toBe(actual_status === 'running');
    }
    expect(seen).toEqual([null, 'created', 'loading', 'running']);
    const shown = await show(id);
    expect(String(shown?.public_ipaddr).trim()).toBe('127.0.0.1');
    const url = `http://127.0.0.1:${ollamaPort(shown)}`;
    expect(await (await fetch(url)).text()).toBe('Ollama is running');
    const post = (path: string, body: unknown) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { connection: 'close' },
      });
    const ask = { model: 'llama3.1:8b', prompt: 'Why?', stream: false };
    expect((await post('/api/generate', ask)).status).toBe(404);
    const pull = (await (await post('/api/pull', { model: 'llama3.1:8b' })).text()).trim().split('\n');
    const done = pull.map((line) => JSON.parse(line).completed ?? 0);
    expect(done.slice(2, -3)).toEqual(done.slice(2, -3).toSorted((a, b) => a - b));
    expect(JSON.parse(pull.at(-1) ?? '')).toEqual({ status: 'success' });
    expect(await (await post('/api/generate', ask)).json()).toMatchObject({
      model: 'llama3.1:8b',
      done: true,
    });
    expect((await post('/api/generate', { ...ask, model: 'qwen3:4b' })).status).toBe(404);

    expect((await open.call('DELETE', `/instances/${id}/`)).body).toEqual({ success: true });
    expect(await show(id)).toBeNull();
    await expect(fetch(url)).rejects.toThrow();
    expect((await open.call('DELETE', `/instances/${id}/`)).status).toBe(404);
  });

  it('takes what overlaps it from the list, and gives it back', async () => {
    const offers = await freeOffers();
    const shared = offers.find(({ id, machine_id }) =>
      offers.some((other) => other.machine_id === machine_id && other.id !== id),
    );
    const parts = offers.filter(({ machine_id }) => machine_id === shared?.machine_id);
    const [whole, half] = parts.toSorted((a, b) => Number(b.num_gpus) - Number(a.num_gpus));
    const id = await rent({}, half);
    const now = (await freeOffers()).map((offer) => offer.id);
    expect(now).not.toContain(whole?.id);
    const taken = await open.call('PUT', `/asks/${whole?.id}/`, OLLAMA);
    expect([taken.status, taken.body.error]).toEqual([404, 'no_such_ask']);
    await open.call('DELETE', `/instances/${id}/`);
    expect((await freeOffers()).map((offer) => offer.id)).toContain(whole?.id);
  });

  it.each([
    ['a disk below 8 GB', { disk: 7 }, 'invalid_args'],
    ['a disk that is not there', { disk: 10_000_000 }, 'invalid_args'],
    ['flags as env', { env: '-p 11434:11434' }, 'invalid_args'],
    ['a list as env', { env: ['-p 11434:11434'] }, 'invalid_args'],
    ['neither image nor template', { image: undefined }, 'invalid_args'],
    ['a template that is none', { template_hash_id: 'nothing' }, 'invalid_args'],
    ['a runtype that is none', { runtype: 'shell' }, 'invalid_args'],
    ['a price that is none', { price: 'cheap' }, 'invalid_price'],
    ['a price above the highest', { price: 129 }, 'invalid_price'],
    ['a bid below the lowest', { price: 0.001 }, 'invalid_price'],
    [
      'more ports than there may be',
      { env: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`-p ${9000 + i}:${9000 + i}`, '1'])) },
      'invalid_args',
    ],
  ])('is refused for %s', async (_, change, error) => {
    const [offer] = await freeOffers();
    const { status, body } = await open.call('PUT', `/asks/${offer?.id}/`, { ...OLLAMA, ...change });
    expect([status, body.success, body.error]).toEqual([400, false, error]);
    expect((await open.call('GET', '/instances/')).body.instances).toEqual([]);
  });

  it('is refused when nobody offers it, or not to everybody', async () => {
    expect((await open.call('PUT', '/asks/1/', OLLAMA)).status).toBe(404);
    const { body } = await open.call('POST', '/bundles/', {
      rentable: { eq: false },
      limit: 900,
      disk_space: { gte: 50 },
    });
    const [offer] = body.offers as Row[];
    const refused = await open.call('PUT', `/asks/${offer?.id}/`, OLLAMA);
    expect([refused.status, refused.body.error]).toEqual([410, 'no_longer_available']);
  });

  it('can be bid for', async () => {
    const { body } = await open.call('POST', '/bundles/', {
      type: 'bid',
      rentable: { eq: true },
      dph_total: { gt: 0 },
      disk_space: { gte: 41, lt: 1e6 },
      limit: 900,
    });
    const offer = (body.offers as Row[]).find(({ rented }) => rented === false);
    const price = Number(offer?.min_bid) * 1.1;
    const id = await rent({ price }, offer);
    expect(await show(id)).toMatchObject({ is_bid: true, min_bid: expect.closeTo(price, 9) });
    expect((await open.call('PUT', `/instances/bid_price/${id}/`, { price: 0.5 })).status).toBe(200);
    expect((await show(id))?.min_bid).toBeCloseTo(0.5, 9);
  });

  it('is stopped, started, rebooted, labelled, and tells its log to who was told where', async () => {
    const id = await rent();
    open.clock.forward(BOOTED);
    const port = ollamaPort(await show(id));
    const put = async (path: string, body: unknown) => (await open.call('PUT', path, body)).status;
    expect(await put(`/instances/${id}/`, { state: 'stopped' })).toBe(200);
    expect(await show(id)).toMatchObject({ actual_status: 'stopped', intended_status: 'stopped' });
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
    expect(await put(`/instances/${id}/`, { state: 'running' })).toBe(200);
    expect((await show(id))?.actual_status).not.toBe('running');
    open.clock.forward(BOOTED);
    expect(ollamaPort(await show(id))).toBe(port);
    expect(await put(`/instances/reboot/${id}/`, {})).toBe(200);
    expect((await show(id))?.actual_status).not.toBe('running');
    expect(await put(`/instances/${id}/`, { label: 'mine' })).toBe(200);
    expect((await show(id))?.label).toBe('mine');
    for (const wrong of [{ label: 7 }, { state: 'asleep' }, {}])
      expect(await put(`/instances/${id}/`, wrong)).toBe(400);
    const logs = await open.call('PUT', `/instances/request_logs/${id}/`, {});
    expect((await fetch(String(logs.body.result_url))).status).toBe(200);
  });

  it('has no port 11434 unless asked for, and nothing behind it unless started', async () => {
    const [first, second, third] = await freeOffers({ num_gpus: { eq: 1 } });
    const bare = await rent({ env: {} }, first);
    const other = await rent({ image: 'vastai/pytorch', runtype: 'ssh_direct' }, second);
    const started = await rent(
      { image: 'vastai/pytorch', runtype: 'ssh_direct', onstart: 'ollama serve &' },
      third,
    );
    open.clock.forward(BOOTED);
    expect((await show(bare))?.ports).toBeUndefined();
    await expect(fetch(`http://127.0.0.1:${ollamaPort(await show(other))}`)).rejects.toThrow();
    expect((await fetch(`http://127.0.0.1:${ollamaPort(await show(started))}`)).status).toBe(200);
  });
});

describe('what goes wrong with machines', () => {
  const fated = async (fate: string) => {
    await open.remove();
    open = await openMarket({ fates: () => ({ [fate]: 1 }) });
    const id = await rent();
    const statuses: unknown[] = [];
    for (let s = 0; s < BOOTED; s += 5, open.clock.forward(5)) {
      const shown = await show(id);
      const status = shown === null ? 'absent' : shown.actual_status;
      if (statuses.at(-1) !== status) statuses.push(status);
    }
    return { id, statuses, shown: await show(id) };
  };

  it('never comes up', async () => {
    const { statuses } = await fated('never-up');
    expect(statuses).not.toContain('running');
    expect([null, 'loading']).toContain(statuses.at(-1));
  });
  it('fails while it boots', async () => {
    const { statuses, shown } = await fated('boot-error');
    expect(statuses.at(-1)).toBe('loading');
    expect(shown?.status_msg).toMatch(/^Error response from daemon/);
  });
  it('exits while it boots', async () => {
    const { statuses } = await fated('boot-exit');
    expect(statuses).not.toContain('running');
    expect(statuses.at(-1)).toBe('exited');
  });
  it('exits later', async () => {
    expect((await fated('exit')).statuses.slice(-2)).toEqual(['running', 'exited']);
  });
  it('runs without ports', async () => {
    const { statuses, shown } = await fated('no-ports');
    expect([statuses.at(-1), shown?.ports]).toEqual(['running', undefined]);
  });
  it('tells a port where nothing listens', async () => {
    const { shown } = await fated('silent');
    await expect(fetch(`http://127.0.0.1:${ollamaPort(shown)}`)).rejects.toThrow();
  });
  it('is lost, and its meter stops there', async () => {
    const { statuses } = await fated('lost');
    expect(statuses.at(-2)).toBe('running');
    expect(['offline', 'unknown']).toContain(statuses.at(-1));
    const [bill] = open.market.bills();
    expect(bill?.status).toBe('lost');
    expect((bill?.end ?? 0) - (bill?.start ?? 0)).toBeLessThan(BOOTED);
  });
  it('is taken back by its host', async () => {
    const { statuses, id } = await fated('ended');
    expect(statuses.slice(-2)).toEqual(['running', 'absent']);
    expect((await open.call('GET', '/instances/')).body.instances).toEqual([]);
    expect((await open.call('DELETE', `/instances/${id}/`)).status).toBe(404);
    expect(open.market.bills()[0]?.status).toBe('lost');
  });
  it('closes the model server by itself when a machine is lost', async () => {
    const id = await rent();
    open.clock.forward(BOOTED);
    const port = ollamaPort(await show(id));
    expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(200);
    expect(await open.market.strike(id, 'lost')).toBe(true);
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
  });
});
