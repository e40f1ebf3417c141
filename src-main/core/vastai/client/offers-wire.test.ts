import { describe, expect, it } from 'vitest';
import { vastOffer } from '#core/testing/fake-prices.ts';
import type { Offer } from '#shared/model/offers.ts';
import { readOffers } from './offers-wire.ts';
import { searchBody } from './order.ts';

type Fields = Readonly<Record<string, unknown>>;

const read = (...offers: readonly unknown[]) => readOffers({ offers: [...offers] }, 5000);

function one(fields: Fields): Offer {
  const { offers, unreadable } = read(vastOffer(fields));
  expect(unreadable).toEqual([]);
  const [offer] = offers;
  if (offer === undefined) throw new Error('no offer');
  return offer;
}

describe('an offer', () => {
  it('is read in the units of the API', () => {
    expect(one({})).toEqual({
      id: 20111222,
      machine_id: 31337,
      host_id: 777,
      gpu_name: 'RTX 4090',
      num_gpus: 1,
      gpu_ram: 24564,
      gpu_total_ram: 24564,
      dph_total: 0.44,
      dph_base: 0.37,
      min_bid: null,
      storage_cost: null,
      inet_up_cost: null,
      inet_down_cost: null,
      inet_up: null,
      inet_down: null,
      cpu_cores_effective: null,
      cpu_ram: null,
      disk_space: null,
      disk_bw: null,
      dlperf: null,
      dlperf_per_dphtotal: null,
      total_flops: null,
      gpu_mem_bw: null,
      pcie_bw: null,
      bw_nvlink: null,
      cuda_max_good: null,
      compute_cap: null,
      reliability: 0.9971,
      verification: 'verified',
      duration: null,
      direct_port_count: null,
      static_ip: null,
      geolocation: 'Finland, FI',
      driver_version: null,
      rentable: true,
      rented: false,
      external: null,
      is_bid: false,
      odd: [],
    });
  });

  it.each<[string, Fields, Partial<Offer>]>([
    ['its id under the other name', { id: undefined }, { id: 20111222 }],
    ['reliability2', { reliability: undefined, reliability2: '0.5' }, { reliability: 0.5 }],
    [
      'gpu_totalram',
      { num_gpus: 2, gpu_total_ram: undefined, gpu_totalram: 49128 },
      { gpu_total_ram: 49128 },
    ],
    ['no total memory', { num_gpus: 4, gpu_total_ram: undefined }, { gpu_total_ram: 98256 }],
    ['total memory only', { num_gpus: 2, gpu_ram: null, gpu_total_ram: 49128 }, { gpu_ram: 24564 }],
    ['the alias of the price', { dph_total: undefined, dph: 0.5 }, { dph_total: 0.5 }],
    [
      'numbers as text',
      { dph_total: '0.4400', num_gpus: '1', gpu_ram: ' 24564 ' },
      { dph_total: 0.44, num_gpus: 1 },
    ],
    ['verified as a flag', { verification: undefined, verified: true }, { verification: 'verified' }],
    ['not verified as a flag', { verification: false }, { verification: 'unverified' }],
    ['another case', { verification: 'Deverified' }, { verification: 'deverified' }],
    ['is_external', { is_external: 1 }, { external: true }],
    ['flags as text', { rentable: 'true', rented: 'false' }, { rentable: true, rented: false }],
    ['a name with a bell in it', { gpu_name: ' RTX\u0007 4090 ' }, { gpu_name: 'RTX 4090' }],
    ['an interruptible one', { is_bid: true, min_bid: 0.2 }, { is_bid: true, min_bid: 0.2 }],
    ['no place', { geolocation: '' }, { geolocation: null }],
  ])('is read with %s', (_, fields, expected) => {
    expect(one(fields)).toMatchObject({ ...expected, odd: [] });
  });

  it.each<[string, unknown]>([
    ['disk_space', 1e9],
    ['disk_space', -1],
    ['disk_space', 'a lot'],
    ['reliability', 99.7],
    ['reliability', -0.1],
    ['inet_down', 1e7],
    ['inet_up', -1],
    ['inet_down_cost', 'NaN'],
    ['dlperf', true],
    ['gpu_mem_bw', [1]],
    ['duration', 1e15],
    ['direct_port_count', 1e6],
    ['dph_base', 5000],
    ['machine_id', 0],
    ['machine_id', 1.5],
    ['rented', 'perhaps'],
  ])('does not believe %s of %j, and says so', (field, value) => {
    expect(one({ [field]: value })).toMatchObject({ [field]: null, odd: [field] });
  });

  it('trusts the memory of one GPU more than that of all', () => {
    expect(one({ num_gpus: 2, gpu_total_ram: 1e12 })).toMatchObject({
      gpu_total_ram: 49128,
      odd: ['gpu_total_ram'],
    });
  });

  it.each<[string, unknown]>([
    ['not an offer', null],
    ['not an offer', 'x'],
    ['not an offer', [1]],
    ['no id', vastOffer({ id: 'abc', ask_contract_id: 1 })],
    ['no GPU name', vastOffer({ gpu_name: '  ' })],
    ['no GPU name', vastOffer({ gpu_name: 4090 })],
    ['no believable number of GPUs', vastOffer({ num_gpus: 0 })],
    ['no believable number of GPUs', vastOffer({ num_gpus: 1.5 })],
    ['no believable number of GPUs', vastOffer({ num_gpus: 5000 })],
    ['no believable GPU memory', vastOffer({ gpu_ram: undefined, gpu_total_ram: undefined })],
    ['no believable GPU memory', vastOffer({ gpu_ram: 24, gpu_total_ram: 24 })],
    ['no believable GPU memory', vastOffer({ gpu_ram: 1e8, gpu_total_ram: 1e8 })],
    ['no believable price', vastOffer({ dph_total: 0 })],
    ['no believable price', vastOffer({ dph_total: -1 })],
    ['no believable price', vastOffer({ dph_total: 1e-300 })],
    ['no believable price', vastOffer({ dph_total: 1e6 })],
    ['no believable price', vastOffer({ dph_total: 'free' })],
    ['no believable price', vastOffer({ dph_total: undefined })],
  ])('is counted as %s', (reason, offer) => {
    expect(read(offer, vastOffer())).toMatchObject({
      offers: [{ id: 20111222 }],
      unreadable: [{ reason, n: 1 }],
    });
  });
});

describe('a page of offers', () => {
  it('keeps the first of each id and counts the rest', () => {
    const { offers, unreadable } = read(vastOffer(), vastOffer({ dph_total: 0.1 }), null, null);
    expect(offers.map(({ dph_total }) => dph_total)).toEqual([0.44]);
    expect(unreadable).toEqual([
      { reason: 'the id of another', n: 1 },
      { reason: 'not an offer', n: 2 },
    ]);
  });

  it.each([
    [undefined, 2, 3, false],
    [true, 2, 3, true],
    ['true', 2, 3, true],
    [false, 3, 3, true],
    [undefined, 20_001, 30_000, true],
  ])('is truncated: %s with %i of at most %i is %s', (truncated, n, limit, expected) => {
    const offers = Array.from({ length: n }, (_, at) => vastOffer({ id: at + 1 }));
    const page = readOffers({ offers, truncated }, limit);
    expect(page.truncated).toBe(expected);
    expect(page.offers).toHaveLength(Math.min(n, 20_000));
  });
});

it('asks for what was wished, and for nothing of the defaults', () => {
  const body = searchBody({
    filter: {
      type: 'bid',
      gpu_name: ['RTX 4090'],
      country: ['CA'],
      ranges: {
        dph_total: { max: 0.8 },
        gpu_total_ram: { min: 24_000 },
        reliability: { min: 0.9, max: 1 },
        dlperf: {},
      },
    },
    allocated_storage: 40,
    offer_id: 7,
  });
  expect(body).toEqual({
    gpu_name: { in: ['RTX 4090'] },
    dph_total: { lte: 0.8 },
    gpu_total_ram: { gte: 24_000 },
    reliability: { gte: 0.9, lte: 1 },
    id: { eq: 7 },
    type: 'bid',
    order: [['dph_total', 'asc']],
    limit: 5000,
    allocated_storage: 40,
  });
});
