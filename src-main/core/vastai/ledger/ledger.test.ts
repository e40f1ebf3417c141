import { afterEach, describe, expect, it } from 'vitest';
import { ledgerBench, rentalOf } from '#core/testing/ledger-bench.ts';
import { offerOf } from '#core/testing/scripted-market.ts';
import { CodedError } from '#shared/model/failure.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).toReversed()) await clean();
});

const open = () => {
  const bench = ledgerBench(cleanUp, 1);
  const process = bench.start();
  return { bench, ...process, ledger: process.rentals.ledger };
};
const failed = { code: 'provider.instance_failed' as const, message: 'It failed.' };

describe('the ledger', () => {
  it('counts the attempts of a job in its labels', () => {
    const { ledger } = open();
    expect(ledger.intend(rentalOf('j')).label).toBe('rune-j.1');
    expect(ledger.intend(rentalOf('j')).label).toBe('rune-j.2');
    expect(ledger.intend(rentalOf('jj')).label).toBe('rune-jj.1');
    expect(ledger.intend(rentalOf('j')).label).toBe('rune-j.3');
  });

  it('has written every step when the call returns: whoever is killed after it finds it', () => {
    const { bench, ledger, kill } = open();
    const row = ledger.intend(rentalOf('j'));
    ledger.created(row.rental_id, 77);
    kill();
    const next = bench.start().rentals.ledger;
    expect(next.byContract('vastai', 77)).toMatchObject({ state: 'created', label: 'rune-j.1', job_id: 'j' });
    expect(next.byLabel('vastai', 'rune-j.1')?.contract_id).toBe(77);
    expect(next.byContract('demo', 77)).toBeNull();
  });

  it('puts the intent on the medium, and leaves the store as it was', () => {
    const { ledger, db } = open();
    const levels: unknown[] = [];
    const pragma = db.pragma.bind(db);
    db.pragma = ((text: string, options?: object) => {
      if (/synchronous\s*=/.test(text)) levels.push(text);
      return pragma(text, options);
    }) as typeof db.pragma;
    ledger.intend(rentalOf('j'));
    expect(levels).toEqual(['synchronous = FULL', 'synchronous = 1']);
    expect(pragma('synchronous', { simple: true })).toBe(1);
  });

  it('takes what is promised and the prices from the offer', () => {
    const { ledger } = open();
    const offer = offerOf({ id: 5, inet_down: 640, inet_down_cost: 0.02, dph_total: 2, reliability: null });
    expect(ledger.intend(rentalOf('j', 'demo', offer))).toMatchObject({
      market: 'demo',
      state: 'intent',
      offer_id: 5,
      machine_id: 50,
      host_id: 500,
      promised_mbps: 640,
      usd_hour: 2,
      disk_gb: 40,
      reliability: null,
      gpu_total_ram: 24_564,
      cost_usd: null,
      cost_from: 'none',
    });
  });

  it('refuses steps out of turn as the bugs they are', () => {
    const { ledger } = open();
    const { rental_id } = ledger.intend(rentalOf('j'));
    expect(() => ledger.ready(rental_id, 'http://x')).toThrow(/is intent: ready cannot follow/);
    expect(() => ledger.keep(rental_id, 1)).toThrow(/keep cannot follow/);
    ledger.created(rental_id, 1);
    expect(() => ledger.refused(rental_id, failed)).toThrow(/refused cannot follow/);
    expect(() => ledger.created(rental_id, 2)).toThrow(/has contract 1, and was told 2/);
    ledger.created(rental_id, 1);
    expect(() => ledger.running('unheard of', null)).toThrow(/no rental/);
  });

  it('tells a job that its machine is being destroyed under it', () => {
    const { ledger } = open();
    const { rental_id } = ledger.intend(rentalOf('j'));
    ledger.created(rental_id, 1);
    ledger.closing(rental_id, 'destroyed by the user');
    expect(() => ledger.running(rental_id, null)).toThrow(
      expect.objectContaining({ code: 'provider.instance_failed' }),
    );
    expect(() => ledger.ready(rental_id, 'http://x')).toThrow(/destroyed by the user/);
    ledger.gone(rental_id, 1, 2);
    expect(() => ledger.keep(rental_id, 9)).toThrow(CodedError);
  });

  it('keeps the first reason for an end', () => {
    const { ledger } = open();
    const { rental_id } = ledger.intend(rentalOf('j'));
    ledger.created(rental_id, 1);
    ledger.closing(rental_id, 'it failed', failed);
    ledger.closing(rental_id, 'its job is over');
    expect(ledger.get(rental_id)).toMatchObject({ ended_because: 'it failed', failure: failed });
  });

  it('writes the sentence of a failure, also of one that was thrown', () => {
    const { ledger } = open();
    const { rental_id } = ledger.intend(rentalOf('j'));
    ledger.refused(rental_id, new CodedError('vastai.offer_taken', 'Somebody was faster.', { detail: 'x' }));
    expect(ledger.get(rental_id)).toMatchObject({
      state: 'refused',
      failure: { code: 'vastai.offer_taken', message: 'Somebody was faster.', detail: 'x' },
    });
    expect(ledger.open()).toEqual([]);
    expect(ledger.unsettled('vastai')).toEqual([]);
  });

  it('does not believe a start in another year', () => {
    const { ledger, bench } = open();
    const at = bench.market.now();
    const started = (told: number): number | null => {
      const { rental_id } = ledger.intend(rentalOf('j'));
      ledger.created(rental_id, 100 + told);
      ledger.running(rental_id, told);
      return ledger.get(rental_id)?.started_at ?? null;
    };
    expect(started(at + 2)).toBe(at + 2);
    expect(started(86_400)).toBeNull();
    expect(started(at + 1e7)).toBeNull();
  });

  it('adds up what was downloaded, and keeps what else was measured', () => {
    const { ledger } = open();
    const { rental_id } = ledger.intend(rentalOf('j'));
    ledger.created(rental_id, 1);
    ledger.delivered(rental_id, { gb_in: 2, boot_s: 31 });
    ledger.delivered(rental_id, { gb_in: 3, download_mbps: 500 });
    ledger.delivered(rental_id, { tokens_per_s: 40, model: 'm' });
    expect(ledger.get(rental_id)).toMatchObject({
      boot_s: 31,
      download_mbps: 500,
      tokens_per_s: 40,
      model: 'm',
    });
    ledger.gone(rental_id, 0, 1);
    expect(ledger.get(rental_id)?.cost_usd).toBe(0);
  });

  it('lists the newest first, open ones and those of a job', () => {
    const { ledger } = open();
    const [a, b, c] = ['a', 'b', 'c'].map((job) => ledger.intend(rentalOf(job)).rental_id);
    ledger.refused(b ?? '', failed);
    const ids = (of: Partial<Parameters<typeof ledger.list>[0]>) => {
      const { rentals, total } = ledger.list({ limit: 10, offset: 0, open: false, ...of });
      return [rentals.map(({ rental_id }) => rental_id), total];
    };
    expect(ids({})).toEqual([[c, b, a], 3]);
    expect(ids({ limit: 1, offset: 1 })).toEqual([[b], 3]);
    expect(ids({ open: true })).toEqual([[c, a], 2]);
    expect(ids({ job_id: 'b' })).toEqual([[b], 1]);
    expect(Object.keys(ledger.list({ limit: 1, offset: 0, open: false }).rentals[0] ?? {})).not.toContain(
      'backend_url',
    );
  });
});

describe('a kept rental', () => {
  const kept = (ledger: ReturnType<typeof open>['ledger'], job: string, contract: number, until: number) => {
    const { rental_id } = ledger.intend(rentalOf(job));
    ledger.created(rental_id, contract);
    ledger.ready(rental_id, 'http://m');
    ledger.keep(rental_id, until);
    return rental_id;
  };

  it('is claimed once, by a job that it suits, while it lasts', () => {
    const { ledger, bench } = open();
    const at = bench.market.now();
    kept(ledger, 'late', 1, at - 1);
    const id = kept(ledger, 'a', 2, at + 100);
    expect(ledger.claim('demo', 'b', () => true)).toBeNull();
    expect(ledger.claim('vastai', 'b', () => false)).toBeNull();
    expect(ledger.claim('vastai', 'b', () => true)).toMatchObject({
      rental_id: id,
      job_id: 'b',
      backend_url: 'http://m',
      keep_until: at + 100,
    });
    expect(ledger.claim('vastai', 'c', () => true)).toBeNull();
  });

  it('belongs to the job before again when it is given back', () => {
    const { ledger, bench } = open();
    const at = bench.market.now();
    const id = kept(ledger, 'a', 2, at + 100);
    ledger.claim('vastai', 'b', () => true);
    ledger.keep(id, at + 100);
    expect(ledger.get(id)).toMatchObject({ state: 'kept', job_id: 'a' });
    expect(ledger.costOf('b', at + 50)).toBeNull();
  });

  it('is paid by each of its jobs from its start to the next one', async () => {
    const { ledger, bench } = open();
    const id = kept(ledger, 'a', 2, bench.market.now() + 100);
    await new Promise((resolve) => setTimeout(resolve, 20));
    ledger.claim('vastai', 'b', () => true);
    ledger.ready(id, 'http://m');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const at = bench.market.now();
    const [a, b] = [ledger.costOf('a', at) ?? 0, ledger.costOf('b', at) ?? 0];
    expect(a).toBeGreaterThan(0.02 / 3600);
    expect(b).toBeGreaterThan(0.02 / 3600);
    const { intent_at } = ledger.get(id) ?? { intent_at: 0 };
    expect(a + b).toBeCloseTo((at - intent_at) / 3600, 12);
    ledger.billed(id, { contract_id: 2, usd: 30, from: intent_at, until: at }, false);
    expect((ledger.costOf('a', at) ?? 0) + (ledger.costOf('b', at) ?? 0)).toBeCloseTo(30, 9);
    expect(ledger.costOf('nobody', at)).toBeNull();
  });
});

describe('what machines promised and delivered', () => {
  it('is the median over their rentals, with those that failed counted', () => {
    const { ledger } = open();
    const rent = (contract: number, boot_s: number | null, failure?: typeof failed) => {
      const { rental_id } = ledger.intend(rentalOf('j'));
      ledger.created(rental_id, contract);
      if (boot_s !== null) ledger.delivered(rental_id, { boot_s, tokens_per_s: boot_s * 2, model: 'm' });
      ledger.closing(rental_id, 'over', failure);
      ledger.gone(rental_id, 0, 1);
      ledger.billed(rental_id, { contract_id: contract, usd: 2, from: 0, until: 1 }, true);
    };
    rent(1, 10);
    rent(2, 40);
    rent(3, 20);
    rent(4, null, failed);
    const refused = ledger.intend(rentalOf('j'));
    ledger.refused(refused.rental_id, failed);
    ledger.intend(rentalOf('k', 'demo', offerOf({ id: 99, machine_id: null })));
    expect(ledger.machines()).toEqual([
      {
        market: 'vastai',
        machine_id: 110,
        host_id: 1100,
        gpu_name: 'RTX 4090',
        rentals: 4,
        failed: 1,
        usd: 8,
        last_at: expect.any(Number),
        boot_s: 20,
        promised_mbps: 900,
        download_mbps: null,
        tokens_per_s: 40,
        model: 'm',
      },
    ]);
  });
});
