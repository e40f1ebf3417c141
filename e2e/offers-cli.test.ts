import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OffersAnswer } from '#shared/model/offers.ts';
import { oneDocument } from './support/cli.ts';
import { KEY, type MarketCli, startMarketCli } from './support/rental-cli.ts';

let at: MarketCli;
beforeAll(async () => {
  at = await startMarketCli();
});
afterAll(() => at.close());

const search = (...args: string[]) => at.cli(['offers', 'search', ...args]);
const document = async (...args: string[]): Promise<OffersAnswer & { readonly found: number }> => {
  const ran = await search('--json', ...args);
  expect(ran.stderr).toBe('');
  expect(ran.code).toBe(0);
  return oneDocument(ran) as unknown as OffersAnswer & { readonly found: number };
};
const ids = ({ offers }: OffersAnswer): readonly number[] => offers.map(({ id }) => id);

describe('offers search', () => {
  it('prints every offer with its front, its violations and what a job costs there', async () => {
    const found = await document('--model', 'llama3.1:8b');
    expect(found).toMatchObject({ market: 'vastai', hidden_by_defaults: expect.any(Number) });
    expect(found.hidden_by_defaults).toBeGreaterThan(0);
    expect(found.offers.length).toBeGreaterThan(100);
    expect(found.found).toBe(found.offers.length);
    for (const { pareto, violations, usd_per_job, dph_total } of found.offers) {
      expect(violations).toEqual([]);
      expect(pareto).toBeTypeOf('boolean');
      expect(dph_total).toBeGreaterThan(0);
      if (usd_per_job === null) continue;
      expect(usd_per_job.p10).toBeLessThanOrEqual(usd_per_job.p50);
      expect(usd_per_job.p50).toBeLessThanOrEqual(usd_per_job.p90);
    }
    const medians = found.offers.flatMap(({ usd_per_job }) => usd_per_job?.p50 ?? []);
    expect(medians.length).toBeGreaterThan(50);
    expect(medians).toEqual(medians.toSorted((a, b) => a - b));
    expect(found.offers.some(({ pareto }) => pareto)).toBe(true);
    expect(JSON.stringify(found)).not.toContain(KEY);
  });

  it('filters by every field, and by the names that RUNE has', async () => {
    const all = await document();
    const narrow = await document(
      ...['--gpu-name', 'RTX 4090', '--gpu-name', 'RTX 3090', '--max-dph', '1.2', '--min-dph', '0.1'],
      ...['--reliability', '0.9', '--min-vram', '24000', '--num-gpus', '1'],
      ...['--min', 'disk_bw=500', '--max', 'inet-down-cost=0.02'],
    );
    const meets = all.offers.filter(
      (offer) =>
        ['RTX 4090', 'RTX 3090'].includes(offer.gpu_name) &&
        offer.dph_total <= 1.2 &&
        offer.dph_total >= 0.1 &&
        (offer.reliability ?? 0) >= 0.9 &&
        offer.gpu_total_ram >= 24_000 &&
        offer.num_gpus === 1 &&
        (offer.disk_bw ?? 0) >= 500 &&
        (offer.inet_down_cost ?? 1) <= 0.02,
    );
    expect(meets.length).toBeGreaterThan(0);
    expect(ids(narrow).toSorted()).toEqual(meets.map(({ id }) => id).toSorted());
    const finnish = await document('--country', 'fi,se');
    expect(finnish.offers.length).toBeGreaterThan(0);
    for (const { geolocation } of finnish.offers) expect(geolocation).toMatch(/(FI|SE)$/);
    for (const { is_bid } of (await document('--interruptible')).offers) expect(is_bid).toBe(true);
  });

  it('shows what the market hides, all of it or a part', async () => {
    const usual = await document();
    const all = await document('--all');
    expect(all.hidden_by_defaults).toBe(0);
    expect(all.found).toBe(usual.found + usual.hidden_by_defaults);
    const unverified = await document('--no-verified');
    expect(unverified.found).toBeGreaterThan(usual.found);
    expect(unverified.found).toBeLessThan(all.found);
    expect(unverified.offers.some(({ verification }) => verification !== 'verified')).toBe(true);
  });

  it('says of what the market sent all the same why it is not what was asked for', async () => {
    await at.market.inject('search', 'ignore-filters');
    const { offers } = await document('--max-dph', '0.5');
    const dear = offers.filter(({ dph_total }) => dph_total > 0.5);
    expect(dear.length).toBeGreaterThan(0);
    for (const { violations, pareto } of dear) {
      expect(violations).toEqual([{ field: 'dph_total', message: expect.stringContaining('at most 0.5') }]);
      expect(pareto).toBe(false);
    }
  });

  it('is a table for a person, as long as they want it', async () => {
    const ran = await search('--model', 'llama3.1:8b', '--limit', '3');
    expect(ran.code).toBe(0);
    const lines = ran.stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^# +OFFER +GPU +N +VRAM +\$\/H +\$\/JOB +TIME +RELIABLE +WHERE +MODEL +FRONT/);
    expect(lines[1]).toMatch(
      /^1 +\d+ +\S.* +\d+(\.\d+)? GB +\$\d+\.\d+ +\$\S+ \(\$\S+–\$\S+\) .* [\d.]+ % .* llama3\.1:8b/,
    );
    expect(lines[4]).toBe('');
    expect(lines[5]).toMatch(
      /^3 of \d+ offers; \d+ more are hidden by the market's defaults \(--all shows them\)\.$/,
    );
    expect(ran.stdout).not.toContain('DEMO');
    expect((await document('--limit', '3')).offers).toHaveLength(3);
  });

  it('is of the demo market without a key, and says so', async () => {
    const env = { VAST_API_KEY: '' };
    const ran = await at.cli(['offers', 'search', '--limit', '1'], { env });
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('DEMO market');
    const doc = oneDocument(await at.cli(['offers', 'search', '--json'], { env }));
    expect(doc).toMatchObject({ market: 'demo' });
    expect((await document('--market', 'demo')).market).toBe('demo');
  });

  it.each<[what: string, env: Record<string, string>, code: string]>([
    ['a wrong key', { VAST_API_KEY: 'wrong-key' }, 'vastai.bad_key'],
    ['a server that is not there', { VAST_API_URL: 'http://127.0.0.1:1/api/v0' }, 'vastai.unreachable'],
    ['an address with a key in it', { VAST_API_URL: 'http://u:p@127.0.0.1:1' }, 'request.secret_in_url'],
  ])('says of %s what is wrong, with one document and 2', async (_, env, code) => {
    const ran = await at.cli(['offers', 'search', '--json'], { env });
    expect(ran.code).toBe(2);
    expect(oneDocument(ran)).toMatchObject({ error: { code } });
    expect(ran.stdout + ran.stderr).not.toMatch(/wrong-key|u:p@/);
  });

  it.each<[what: string, args: string[], says: RegExp]>([
    ['a field nobody knows', ['--min', 'colour=3'], /colour=3.*dph_total, num_gpus/],
    ['no number', ['--max', 'dph_total=cheap'], /"cheap" is no number/],
    ['no value', ['--max', 'dph_total='], /no number/],
    ['a limit twice', ['--max-dph', '1', '--max', 'dph_total=2'], /dph_total is given twice/],
    ['more than certain', ['--reliability', '2'], /share from 0 to 1/],
    ['a negative price', ['--max-dph', '-1'], /0 or more/],
    ['a market nobody knows', ['--market', 'moon'], /vastai, demo/],
    ['a store', ['--store', 'rune.db'], /--data/],
    ['an option nobody knows', ['--colour'], /--colour/],
  ])('refuses %s with one document and 2', async (_, args, says) => {
    const ran = await search('--json', ...args);
    expect(ran.code).toBe(2);
    const { error } = oneDocument(ran) as { error?: { code: string; message: string } };
    expect(error?.code).toBe('request.invalid');
    expect(error?.message).toMatch(says);
  });
});
