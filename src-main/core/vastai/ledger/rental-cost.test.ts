import { describe, expect, it } from 'vitest';
import { costOfRental, shareOf } from './rental-cost.ts';

const ROW = {
  contract_id: 1,
  intent_at: 1000,
  started_at: 1010,
  ended_at: null,
  usd_hour: 3600,
  gb_in: 0,
  usd_gb_in: 0.5,
  gb_out: 0,
  usd_gb_out: null,
  billed_usd: null,
  billed_until: null,
  settled: 0,
} as const;

describe('what a rental costs', () => {
  it('is nothing that anybody knows of without a contract', () => {
    expect(costOfRental({ ...ROW, contract_id: null }, 2000)).toEqual({ cost_usd: null, cost_from: 'none' });
  });

  it('is its hours and its bytes while there is no bill', () => {
    expect(costOfRental({ ...ROW, gb_in: 4 }, 1110)).toEqual({ cost_usd: 102, cost_from: 'clock' });
    expect(costOfRental({ ...ROW, gb_out: 4, usd_gb_out: 0.25 }, 1110).cost_usd).toBe(101);
    expect(costOfRental({ ...ROW, ended_at: 1020 }, 9999).cost_usd).toBe(10);
  });

  it('counts from the intent where nobody said when it started', () => {
    expect(costOfRental({ ...ROW, started_at: null }, 1110).cost_usd).toBe(110);
  });

  it('is the bill, and the hours that are not on it yet', () => {
    const billed = { ...ROW, billed_usd: 7, billed_until: 1050 };
    expect(costOfRental(billed, 1110)).toEqual({ cost_usd: 67, cost_from: 'bill' });
    expect(costOfRental({ ...billed, ended_at: 1060 }, 9999).cost_usd).toBe(17);
    expect(costOfRental({ ...billed, ended_at: 1040 }, 9999).cost_usd).toBe(7);
  });

  it('is the bill alone once it is settled', () => {
    const row = { ...ROW, billed_usd: 7, billed_until: 1050, ended_at: 1100, settled: 1 };
    expect(costOfRental(row, 9999)).toEqual({ cost_usd: 7, cost_from: 'bill' });
  });

  it('is not less than nothing when clocks disagree', () => {
    expect(costOfRental({ ...ROW, ended_at: 900 }, 900).cost_usd).toBe(0);
  });
});

describe("a job's share", () => {
  const uses = [
    { job_id: 'a', from_at: 105 },
    { job_id: 'b', from_at: 150 },
    { job_id: 'a', from_at: 175 },
  ];

  it('is from its start to the next one, the first with the boot, the last to the end', () => {
    expect(shareOf('a', uses, 100, 200)).toBe(0.75);
    expect(shareOf('b', uses, 100, 200)).toBe(0.25);
    expect(shareOf('c', uses, 100, 200)).toBe(0);
  });

  it('is all of one that nobody else used, or that took no time', () => {
    expect(shareOf('a', [{ job_id: 'a', from_at: 5 }], 100, 100)).toBe(1);
    expect(shareOf('a', uses, 100, 100)).toBe(1);
    expect(shareOf('b', uses, 100, 100)).toBe(0);
  });

  it('adds up to the whole, wherever the starts lie', () => {
    const odd = [
      { job_id: 'a', from_at: 120 },
      { job_id: 'b', from_at: 90 },
      { job_id: 'c', from_at: 300 },
    ];
    const sum = ['a', 'b', 'c'].reduce((total, job) => total + shareOf(job, odd, 100, 200), 0);
    expect(sum).toBeCloseTo(1, 12);
  });
});
