import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Db } from '#core/store/database.ts';
import { type CostStore, costStore } from '#core/testing/cost-store.ts';
import { addRental } from '#core/testing/offer-market.ts';
import { findModel } from '#shared/model/model-fit.ts';
import type { Offer } from '#shared/model/offers.ts';
import { offerWith } from '#shared/model/testing.ts';
import { readDelivered } from './delivered.ts';
import { createJobSpread } from './job-cost.ts';
import { marketFigures, NO_FIGURES } from './market-figures.ts';
import { type PredictDeps, predict, usdHourWith } from './predict.ts';

const SMALL = findModel('llama3.1:8b', [
  { model: 'llama3.1:8b', vram_mb: 8000, required_disk_gb: 41, own: false },
]);
if (SMALL === null) throw new Error('the table has it');
/** 41 GB of disk without the 32 beside the model. */
const SIZE_GB = 9;

let store: CostStore;
let db: Db;
const spread = createJobSpread();
const deps = (more: Partial<PredictDeps> = {}): PredictDeps => ({
  delivered: readDelivered(db, 'demo'),
  figures: NO_FIGURES,
  allocated_storage: 41,
  tokens: { tokens_in: 4000, tokens_out: 1000 },
  boot_timeout: 1200,
  spread,
  ...more,
});
const of = (offer: Offer, more: Partial<PredictDeps> = {}) => predict(offer, SMALL, deps(more));

beforeEach(() => {
  store = costStore();
  ({ db } = store);
});
afterEach(() => store.close());

describe('what a job on an offer is made of', () => {
  it('follows the rules while nothing was rented', () => {
    const offer = offerWith({
      gpu_mem_bw: 1000,
      num_gpus: 2,
      inet_down: 880,
      disk_bw: 4000,
      inet_down_cost: 0.01,
    });
    const { parts } = of(offer) ?? {};
    const speed = (0.6 * 1000 * 2 ** 0.85) / SIZE_GB;
    expect(parts).toMatchObject({
      boot_s: 60,
      download_gb: 11,
      load_s: SIZE_GB / 2,
    });
    expect(parts?.download_s).toBeCloseTo((11 * 8000) / (0.7 * 880), 9);
    expect(parts?.tokens_per_s).toBeCloseTo(speed, 9);
    expect(parts?.run_s).toBeCloseTo((1000 + 400) / speed, 9);
    expect(parts?.bandwidth_usd).toBeCloseTo(0.11, 9);
    expect(parts?.basis).toBe(
      "Run: 120 tok/s by memory bandwidth and the model's size; boot: 60 s, as is usual; download: 70 % of the promised bandwidth, as is usual.",
    );
    expect(of(offerWith({ disk_bw: null }))?.parts.load_s).toBe(SIZE_GB);
  });

  it('takes the price with the disk that the model needs', () => {
    const offer = offerWith({ dph_total: 0.4, storage_cost: 0.73 });
    expect(usdHourWith(offer, 41, 41)).toBe(0.4);
    expect(usdHourWith(offer, 41, 141)).toBeCloseTo(0.5, 12);
    expect(usdHourWith(offer, 41, 21)).toBeCloseTo(0.38, 12);
    const { usd_per_job, parts, seconds_per_job } = of(offer, { disk_gb: 141 }) ?? {};
    expect(parts?.hours_usd).toBeCloseTo((0.5 * (seconds_per_job?.p50 ?? 0)) / 3600, 9);
    expect(usd_per_job?.p50).toBeGreaterThan(of(offer)?.usd_per_job.p50 ?? Number.NaN);
  });

  it('says how likely the machine is lost meanwhile', () => {
    const { interruption, seconds_per_job } = of(offerWith({ reliability: 0.9 })) ?? {};
    expect(interruption).toBeCloseTo(1 - 0.9 ** ((seconds_per_job?.p50 ?? 0) / 86_400), 12);
    expect(of(offerWith({ reliability: null }))?.interruption).toBeNull();
    const long = { tokens: { tokens_in: 0, tokens_out: 3_000_000 } };
    const dearest = (reliability: number | null) =>
      of(offerWith({ reliability }), long)?.usd_per_job.p90 ?? Number.NaN;
    expect(dearest(null)).toBe(dearest(0.95));
    expect(dearest(null)).toBeGreaterThan(dearest(0.997));
  });

  it('owns up to what it does not know of interruptible ones', () => {
    expect(of(offerWith({ is_bid: true }))?.parts.basis).toContain('somebody bids more');
    expect(of(offerWith())?.parts.basis).not.toContain('bids');
  });

  it('takes absurd reliabilities for what they may mean', () => {
    for (const reliability of [0, 1])
      expect(Number.isFinite(of(offerWith({ reliability }))?.usd_per_job.p90)).toBe(true);
  });

  it('takes what the market says of others where an offer does not', () => {
    const others = [100, 200, 300, 400, 500].map((inet_down, i) =>
      offerWith({ inet_down, inet_down_cost: i / 100, gpu_mem_bw: 900 + i }),
    );
    const figures = marketFigures([
      ...others,
      offerWith({ gpu_name: 'H100', gpu_mem_bw: 3350, inet_down: 0 }),
    ]);
    const silent = offerWith({ inet_down: null, inet_down_cost: null, gpu_mem_bw: null });
    expect(of(silent)).toBeNull();
    const { parts } = of(silent, { figures }) ?? {};
    expect(parts?.tokens_per_s).toBeCloseTo((0.6 * 902) / SIZE_GB, 9);
    expect(parts?.basis).toContain("by this type's memory bandwidth");
    expect(parts?.basis).toContain('of a bandwidth that is not told');
    const told = offerWith({ inet_down: figures.inet_down, inet_down_cost: figures.inet_down_cost });
    expect(parts?.download_s).toBe(of(told)?.parts.download_s);
    expect(parts?.bandwidth_usd).toBe(of(told)?.parts.bandwidth_usd);
    expect(figures.inet_down).toBe(200);
    const zeros = offerWith({ inet_down: 0, gpu_mem_bw: 0, disk_bw: 0 });
    expect(of(zeros)).toBeNull();
    expect(of(zeros, { figures })?.parts).toMatchObject({
      download_s: parts?.download_s,
      tokens_per_s: parts?.tokens_per_s,
      load_s: SIZE_GB,
    });
  });
});

describe('what was delivered before', () => {
  const here = { machine_id: 31_337 };

  it('takes the place of the rules: this machine first, else all', () => {
    for (const [machine_id, boot_s] of [
      [1, 80],
      [2, 100],
    ] as const)
      addRental(db, { machine_id, boot_s, promised_mbps: 1000, download_mbps: boot_s * 5 });
    expect(of(offerWith())?.parts.boot_s).toBe(60);
    addRental(db, { machine_id: 3, boot_s: 240, promised_mbps: 1000, download_mbps: 900 });
    const { parts: others } = of(offerWith({ inet_down: 1000 })) ?? {};
    expect(others?.boot_s).toBe(100);
    expect(others?.download_s).toBeCloseTo((11 * 8000) / 500, 9);
    expect(others?.basis).toContain('boot: 1 m 40 s, median of 3 rentals of other machines');
    addRental(db, { ...here, boot_s: 20, promised_mbps: 1000, download_mbps: 1000 });
    const { parts: own } = of(offerWith({ inet_down: 1000 })) ?? {};
    expect(own?.boot_s).toBe(20);
    expect(own?.download_s).toBeCloseTo((11 * 8000) / 1000, 9);
    expect(own?.basis).toContain('100 % of the promised bandwidth, as one rental of this machine');
  });

  it('knows the speed of this model on as many of these GPUs, and of nothing else', () => {
    for (const tokens_per_s of [40, 50, 70])
      addRental(db, { machine_id: 9, model: 'llama3.1:8b', tokens_per_s });
    addRental(db, { machine_id: 9, model: 'llama3.1:8b', tokens_per_s: 999, num_gpus: 2 });
    addRental(db, { machine_id: 9, model: 'other', tokens_per_s: 999 });
    addRental(db, { machine_id: 9, model: 'llama3.1:8b', tokens_per_s: 999, market: 'vastai' });
    const { parts } = of(offerWith({ gpu_mem_bw: null })) ?? {};
    expect(parts?.tokens_per_s).toBe(50);
    expect(parts?.run_s).toBeCloseTo(1400 / 50, 9);
    expect(parts?.basis).toContain('Run: 50.0 tok/s, median of 3 rentals of llama3.1:8b on this GPU');
  });

  it('makes a machine that failed before dearer, and one that served well cheaper', () => {
    const dearest = (machine_id: number): number =>
      of(offerWith({ machine_id }))?.usd_per_job.p90 ?? Number.NaN;
    const unknown = dearest(1);
    for (let i = 0; i < 5; i++) addRental(db, { machine_id: 2, failed: true });
    for (let i = 0; i < 40; i++) addRental(db, { machine_id: 3 });
    expect(dearest(2)).toBeGreaterThan(unknown);
    expect(dearest(3)).toBeLessThan(unknown);
    expect(readDelivered(db, 'demo').failures(2)).toEqual({ rentals: 5, failed: 5 });
  });
});
