import type { Seconds, Usd } from '#shared/model/units.ts';
import { between, pick, sequence } from './chance.ts';
import { type GpuType, gpuTypeAt } from './gpu-types.ts';

/** A computer of a host: what it is said to be, and what it really delivers. Nothing here changes with time. */
export interface Machine {
  readonly machineId: number;
  readonly hostId: number;
  readonly gpu: GpuType;
  readonly numGpus: number;
  readonly cpuName: string;
  readonly cores: number;
  /** MB. */
  readonly cpuRam: number;
  /** GB. */
  readonly disk: number;
  /** MB/s. */
  readonly diskBandwidth: number;
  /** Mbit/s. */
  readonly inetUp: number;
  readonly inetDown: number;
  /** Per GB. */
  readonly inetUpCost: Usd;
  readonly inetDownCost: Usd;
  /** Per GB and month. */
  readonly storageCost: Usd;
  /** Per card and hour, where its price swings about. */
  readonly usdHour: Usd;
  /** The lowest bid's share of the price; null: no bids are taken. */
  readonly bidShare: number | null;
  readonly reliability: number;
  readonly verification: 'verified' | 'unverified' | 'deverified';
  readonly external: boolean;
  readonly unlisted: boolean;
  readonly staticIp: boolean;
  readonly ports: number;
  readonly geolocation: string;
  readonly driver: string;
  readonly cuda: number;
  readonly pcie: number;
  /** GB/s as measured, per card. */
  readonly memoryBandwidth: number;
  readonly tflops: number;
  readonly dlperf: number;
  /** The host takes it back at every multiple of this since 1970, moved by `endPhase`. */
  readonly term: Seconds;
  readonly endPhase: Seconds;
  /** Share of the promised download bandwidth that comes. */
  readonly delivered: number;
  /** From the contract to a running container, without its image. */
  readonly boot: Seconds;
  /** Share of the memory bandwidth that a model server makes use of. */
  readonly efficiency: number;
}

/** A part of a machine that can be rented. */
export interface Ask {
  readonly id: number;
  readonly machine: Machine;
  readonly numGpus: number;
  /** What the market gets wrong about it, null for most. */
  readonly oddity: Oddity | null;
}

export const ODDITIES = [
  'price-zero',
  'price-text',
  'price-missing',
  'disk-endless',
  'ram-missing',
  'reliability-above-one',
  'bandwidth-negative',
  'scores-null',
  'name-missing',
  'gpus-zero',
  'place-null',
  'duration-endless',
] as const;
export type Oddity = (typeof ODDITIES)[number];

const PLACES = [
  ['Quebec, CA', 'Ontario, CA', 'California, US', 'Texas, US', 'Virginia, US', 'Washington, US', 'Utah, US'],
  ['Finland, FI', 'Sweden, SE', 'Norway, NO', 'Iceland, IS', 'Germany, DE', 'Netherlands, NL', 'France, FR'],
  [
    'Poland, PL',
    'Czechia, CZ',
    'Bulgaria, BG',
    'Romania, RO',
    'Spain, ES',
    'United Kingdom, GB',
    'Italy, IT',
  ],
  ['Taiwan, TW', 'South Korea, KR', 'Japan, JP', 'Thailand, TH', 'India, IN', 'Vietnam, VN', 'Australia, AU'],
].flat();
const DRIVERS = [
  ['535.183.01', 12.2],
  ['550.127.05', 12.4],
  ['560.35.03', 12.6],
  ['570.86.15', 12.8],
  ['575.57.08', 12.9],
  ['580.95.05', 13],
] as const;
const CPUS = ['AMD EPYC 7543 32-Core Processor', 'AMD EPYC 9354 32-Core Processor', 'Intel Xeon Gold 6338'];
const DESKTOP_CPUS = [
  'AMD Ryzen 9 7950X',
  'AMD Ryzen 9 5950X',
  'Intel Core i9-13900K',
  'Intel Core i7-12700',
];
const DAY = 86_400;
const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** `count` asks on the machines of about one host for every six of them. */
export function makeAsks(seed: number, count: number): readonly Ask[] {
  const asks: Ask[] = [];
  for (let host = 0; asks.length < count; host++) {
    for (const machine of makeHost(seed, host)) {
      const next = sequence(seed, `asks ${machine.machineId}`);
      for (const numGpus of partsOf(machine.numGpus)) {
        if (asks.length === count) break;
        const id = 20_000_000 + asks.length * 31 + Math.floor(next() * 31);
        const oddity = next() < 0.02 ? pick(ODDITIES, next()) : null;
        asks.push({ id, machine, numGpus, oddity });
      }
    }
  }
  return asks;
}

/** The whole, its half and one card: larger parts leave the list when a smaller one is taken. */
const partsOf = (gpus: number): readonly number[] =>
  [...new Set([gpus, gpus / 2, gpus >= 4 ? 2 : 1, 1])].filter((part) => part >= 1 && Number.isInteger(part));

function makeHost(seed: number, index: number): readonly Machine[] {
  const next = sequence(seed, `host ${index}`);
  const hostId = 1000 + index * 17 + Math.floor(next() * 17);
  const dataCentre = next() < 0.35;
  // What a host is worth runs through everything it offers: dear and sure, or cheap and slow.
  const quality = dataCentre ? between(0.55, 1, next()) : next();
  const place = pick(PLACES, next());
  const trust = next();
  const shared = {
    hostId,
    geolocation: place,
    quality,
    dataCentre,
    external: next() < 0.06,
    verification: trust < 0.3 + 0.65 * quality ? 'verified' : next() < 0.85 ? 'unverified' : 'deverified',
    inetDown: Math.round(between(120, dataCentre ? 7500 : 1400, quality * next() ** 0.6)),
    inetDownCost: next() < 0.15 ? 0 : round(between(0.0005, dataCentre ? 0.006 : 0.026, next() ** 2), 4),
    storageCost: round(between(0.08, 0.35, next()), 3),
    delivered: Math.min(1, between(0.35, 0.98, 0.5 * quality + 0.5 * next())),
    bidShare: next() < 0.1 ? null : between(0.42, 0.78, next()),
  } as const;
  const machines = 1 + Math.floor((dataCentre ? 5 : 2.6) * next() ** 1.5);
  return Array.from({ length: machines }, (_, at) =>
    makeMachine(sequence(seed, `machine ${index}.${at}`), shared, 10_000 + index * 61 + at * 7),
  );
}

interface Host {
  readonly hostId: number;
  readonly geolocation: string;
  readonly quality: number;
  readonly dataCentre: boolean;
  readonly external: boolean;
  readonly verification: 'verified' | 'unverified' | 'deverified';
  readonly inetDown: number;
  readonly inetDownCost: Usd;
  readonly storageCost: Usd;
  readonly delivered: number;
  readonly bidShare: number | null;
}

function makeMachine(next: () => number, host: Host, machineId: number): Machine {
  const { quality, dataCentre, ...shared } = host;
  let gpu = gpuTypeAt(next());
  // Cards of data centres are seldom under desks, and the other way round.
  for (let tries = 0; gpu.server !== dataCentre && tries < 2; tries++) gpu = gpuTypeAt(next());
  const numGpus = pick(gpu.sizes, next());
  const [driver, cuda] = pick(DRIVERS, 0.25 * quality + 0.75 * next());
  const cores = 4 * Math.ceil(numGpus * between(1.5, dataCentre ? 6 : 4, next()));
  const health = between(0.9, 1, next());
  const dear =
    0.7 + 0.6 * quality + (host.verification === 'verified' ? 0.06 : -0.04) + 0.22 * (next() - 0.5);
  const term = Math.round(between(9, 180, next())) * DAY;
  return {
    ...shared,
    machineId,
    gpu,
    numGpus,
    cpuName: pick(dataCentre ? CPUS : DESKTOP_CPUS, next()),
    cores,
    cpuRam: Math.round(cores * between(2600, 8200, next())),
    disk: round(between(60, 900, next()) * Math.sqrt(numGpus) * (dataCentre ? 2.5 : 1), 1),
    diskBandwidth: round(between(380, 6800, 0.4 * quality + 0.6 * next()), 1),
    inetDown: round(shared.inetDown * between(0.85, 1.05, next()), 1),
    inetUp: round(shared.inetDown * between(0.3, 1, next()), 1),
    inetUpCost: round(shared.inetDownCost * between(1, 1.6, next()), 4),
    usdHour: gpu.usdHour * dear,
    reliability: round(1 - (1 - quality * 0.9) * 0.12 * next() ** 1.6 - 0.0004, 7),
    unlisted: next() < 0.04,
    staticIp: dataCentre || next() < 0.25,
    ports: next() < 0.07 ? 0 : Math.round(between(4, dataCentre ? 900 : 120, next() ** 2)),
    driver,
    cuda,
    pcie: round(between(gpu.server ? 11 : 3, gpu.cap >= 890 ? 26 : 24, next()), 1),
    memoryBandwidth: round(gpu.memoryBandwidth * between(0.87, 0.97, next()), 1),
    tflops: gpu.tflops * between(0.97, 1.04, next()),
    dlperf: gpu.dlperf * health,
    term,
    endPhase: next() * term,
    delivered: Math.min(1, shared.delivered * between(0.85, 1.1, next())),
    boot: between(34, 88, 0.6 * next() + 0.4 * (1 - quality)),
    efficiency: between(0.46, 0.66, 0.5 * quality + 0.5 * next()),
  };
}
