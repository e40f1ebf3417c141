import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEngine } from '#core/engine.ts';
import { testPorts } from '#core/testing/ports.ts';
import { serveLocal } from '#hosts/local/serve.ts';
import type { Rental, RentalsAnswer } from '#shared/model/rentals.ts';
import { oneDocument, type Ran } from './support/cli.ts';
import { KEY, type MarketCli, startMarketCli, strayOn } from './support/rental-cli.ts';
import { answerOnTerminal, hasTerminals } from './support/terminal.ts';

let at: MarketCli;
beforeEach(async () => {
  at = await startMarketCli();
});
afterEach(() => at.close());

const json = async (...args: string[]): Promise<Ran & { readonly doc: Record<string, never> }> => {
  const ran = await at.cli([...args, '--json']);
  expect(ran.stdout + ran.stderr).not.toContain(KEY);
  return { ...ran, doc: oneDocument(ran) };
};
const ledger = async (...args: string[]): Promise<RentalsAnswer> =>
  (await json('rentals', 'list', ...args)).doc as unknown as RentalsAnswer;

/** An instance that a job has left running. */
async function keptInstance(): Promise<Rental> {
  const ran = await json('run', 'llm-instance', '--vastai', '--max-dph', '0.6', '--yes');
  expect(ran.doc).toMatchObject({ job: { status: 'succeeded' }, result: { mode: 'vastai' } });
  const { rentals } = await ledger('--open');
  const [kept] = rentals;
  if (kept === undefined) throw new Error('nothing was kept');
  return kept;
}

describe('rentals', () => {
  it('of nothing are none, and nothing needs to be done', async () => {
    expect(await ledger()).toMatchObject({ rentals: [], total: 0, running: 0, strays: [] });
    expect((await at.cli(['rentals', 'list'])).stdout).toContain('No rentals.');
    const { code, doc } = await json('rentals', 'reconcile');
    expect([code, doc.reports]).toEqual([0, [expect.objectContaining({ market: 'vastai', listed: 0 })]]);
  });

  it('that were kept are listed, and destroyed only when somebody agrees to it', async () => {
    const kept = await keptInstance();
    expect(kept).toMatchObject({ market: 'vastai', state: 'kept', failure: null });
    expect((await at.market.listed()).map(({ id }) => id)).toEqual([kept.contract_id]);
    const listed = await at.cli(['rentals', 'list', '--open']);
    expect(listed.stdout).toMatch(new RegExp(`${kept.rental_id} +kept +${kept.contract_id} `));
    expect(listed.stdout).toMatch(/1 running, \$0\.\d+\/h/);

    // Nobody was asked: a "y" agrees to nothing.
    const asked = await at.cli(['rentals', 'destroy', kept.rental_id, '--json'], { stdin: 'y\n' });
    expect(asked.code).toBe(3);
    expect(oneDocument(asked)).toMatchObject({
      error: { code: 'rental.approval_needed', message: expect.stringMatching(/\$0\.\d+\/h, kept.*--yes/) },
    });
    expect(await at.market.listed()).toHaveLength(1);

    const gone = await json('rentals', 'destroy', `${kept.contract_id}`, '--yes');
    expect([gone.code, gone.doc]).toEqual([
      0,
      { contract_id: kept.contract_id, gone: true, message: expect.any(String) },
    ]);
    expect(await at.market.listed()).toEqual([]);
    expect(await ledger('--open')).toMatchObject({ rentals: [], running: 0 });
    expect(await ledger('--job', kept.job_id)).toMatchObject({ rentals: [{ state: 'gone' }], total: 1 });
    // Once more is no error, and needs no question.
    expect((await json('rentals', 'destroy', kept.rental_id)).code).toBe(0);
  });

  it('that neither the ledger nor a market knows are not said to be gone', async () => {
    for (const id of ['vastai/123', 'demo/123', '123', 'nothing']) {
      const { code, doc } = await json('rentals', 'destroy', id, '--yes');
      expect([id, code, doc.error]).toEqual([id, 2, expect.objectContaining({ code: 'rental.not_found' })]);
    }
  });

  it('that nobody knows are found when reconciling, and destroyed by their number', async () => {
    const id = await strayOn(at.market);
    const found = await json('rentals', 'reconcile');
    expect(found.code).toBe(1);
    expect(found.doc.reports).toMatchObject([{ strays: [{ contract_id: id, kind: 'labelled' }] }]);
    expect((await at.cli(['rentals', 'reconcile'])).stdout).toContain(`STRAY vastai/${id}`);
    expect((await json('rentals', 'destroy', `vastai/${id}`, '--yes')).doc).toMatchObject({ gone: true });
    expect(await at.market.listed()).toEqual([]);
    expect((await json('rentals', 'reconcile')).code).toBe(0);
  });

  it('are asked of the process that owns the data directory', async () => {
    const id = await strayOn(at.market);
    const { ports } = testPorts({ dataDir: at.dataDir, env: { ...process.env, ...at.env } });
    const engine = await createEngine(ports, { mode: 'own' });
    const server = await serveLocal(engine, at.dataDir, { logger: ports.logger });
    engine.announce(server.address);
    try {
      expect((await json('rentals', 'reconcile')).code).toBe(1);
      // What only the owner's memory has.
      expect(await ledger()).toMatchObject({ strays: [{ contract_id: id }], checked_at: expect.any(Number) });
      expect((await json('rentals', 'destroy', `${id}`, '--yes')).code).toBe(0);
      expect((await json('offers', 'search', '--limit', '1')).code).toBe(0);
    } finally {
      await server.close();
      await engine.dispose();
    }
    expect(await at.market.listed()).toEqual([]);
  });

  it.each<[what: string, args: string[], code: string, says: RegExp]>([
    ['a rental nobody knows', ['destroy', 'no-such-rental', '--yes'], 'rental.not_found', /no-such-rental/],
    ['a contract nobody knows', ['destroy', '123456', '--yes'], 'rental.not_found', /vastai\/123456/],
    ['a market nobody knows', ['destroy', 'moon/1', '--yes'], 'request.invalid', /vastai, demo/],
    ['a store', ['list', '--store', 'rune.db'], 'request.invalid', /--data/],
    ['nothing further', [], 'request.invalid', /Give a command/],
  ])('refuse %s with one document and 2', async (_, args, code, says) => {
    const ran = await json('rentals', ...args);
    expect(ran.code).toBe(2);
    const { error } = ran.doc as { error?: { code: string; message: string } };
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(says);
  });
});

describe.skipIf(!hasTerminals)('rentals destroy on a terminal', () => {
  it('asks, and destroys for a yes only', async () => {
    const id = await strayOn(at.market);
    const args = ['rentals', 'destroy', `vastai/${id}`, '--data', at.dataDir];
    const no = await answerOnTerminal(args, 'n\n', at.env);
    expect(no.code).toBe(3);
    expect(no.text).toMatch(new RegExp(`Destroy contract vastai/${id}, with all that is on it\\? \\[y/N\\]`));
    expect(await at.market.listed()).toHaveLength(1);
    const yes = await answerOnTerminal(args, 'y\n', at.env);
    expect([yes.code, yes.text]).toEqual([0, expect.stringContaining(`contract ${id}  gone`)]);
    expect(await at.market.listed()).toEqual([]);
  });
});

describe('run, on a machine that is rented for it', () => {
  const DEMO = ['run', 'benchmark', '--backend-type', 'demo', '--agent', 'prompt', '--question', 'Why?'];

  it('rents by its flags, and says what was rented', async () => {
    const ran = await json(...DEMO, '--vastai', '--max-dph', '2', '--reliability', '0.9', '--yes');
    expect([ran.code, ran.doc]).toMatchObject([
      0,
      { job: { status: 'succeeded', demo: true }, result: { contract_id: expect.any(Number) } },
    ]);
    const { job_id } = ran.doc.job as unknown as { job_id: string };
    expect((await json('jobs', 'show', job_id)).doc.request).toMatchObject({
      provisioning: { vastai: { max_dph: 2, reliability: 0.9, stop_instance: true } },
    });
    const { rentals } = await ledger();
    expect(rentals).toMatchObject([{ market: 'demo', state: 'gone', job_id }]);
    expect(await at.market.listed()).toEqual([]);
  });

  it('takes the rest from the request, and leaves it running when asked to', async () => {
    const file = join(mkdtempSync(join(at.dataDir, '..', 'request-')), 'job.json');
    writeFileSync(file, JSON.stringify({ provisioning: { vastai: { max_dph: 2 } } }));
    const ran = await json(...DEMO, '--request', file, '--keep-instance', '--disk-gb', '64', '--yes');
    expect(ran.code).toBe(0);
    expect((await ledger()).rentals).toMatchObject([{ state: 'kept', disk_gb: 64 }]);
    const text = await at.cli(['rentals', 'list']);
    expect(text.stdout).toMatch(/kept \(demo\)/);
    const [kept] = (await ledger('--open')).rentals;
    expect((await json('rentals', 'destroy', `demo/${kept?.contract_id}`, '--yes')).code).toBe(0);
  });

  it.each<[what: string, args: string[], code: string, says: RegExp]>([
    ['limits without a rental', [...DEMO, '--max-dph', '2'], 'request.invalid', /max_dph.*--vastai/],
    ['too small a disk', [...DEMO, '--vastai', '--disk-gb', '2'], 'request.invalid', /whole number from 8/],
    [
      'a kind that rents nothing',
      ['run', 'agentic-agent', '--question', 'x', '--vastai'],
      'request.unknown_field',
      /provisioning/,
    ],
  ])('is refused with %s, with one document and 2', async (_, args, code, says) => {
    const ran = await json(...args);
    expect(ran.code).toBe(2);
    const { error } = ran.doc as { error?: { code: string; message: string } };
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(says);
  });

  it('is estimated by the same flags', async () => {
    const { code, doc } = await json(
      'run',
      'cost-estimate',
      '--vastai',
      '--min-dph',
      '2.3',
      '--max-dph',
      '3',
    );
    expect([code, doc]).toMatchObject([0, { result: { cost_driver: 'vastai', projected_cost_usd: 2.65 } }]);
  });

  it('that are not seen gone exit with 1 and the document', async () => {
    const id = await strayOn(at.market);
    await at.market.faults({ destroy: { 'lie-done': 1 } });
    const ran = await at.cli(['rentals', 'destroy', `${id}`, '--yes', '--wait', '6', '--json']);
    expect(ran.code).toBe(1);
    expect(oneDocument(ran)).toMatchObject({ contract_id: id, gone: false });
    expect(await at.market.listed()).toHaveLength(1);
  });
});
