import type { MachineRecord, Rental, RentalStatus, RentalsAnswer, Stray } from '#shared/model/rentals.ts';

/** What the stand-ins take for now is the page's clock: rentals lie before it. */
const ago = (seconds: number): number => Math.floor(Date.now() / 1000) - seconds;

export const madeRental = (changes: Partial<Rental> = {}): Rental => ({
  rental_id: 'rental-1',
  market: 'demo',
  state: 'ready',
  job_id: 'job-1-aaaaaaaa',
  label: 'rune-job-1.1',
  offer_id: 501,
  contract_id: 7001,
  machine_id: 31,
  host_id: 9,
  gpu_name: 'RTX 4090',
  num_gpus: 1,
  reliability: 0.991,
  disk_gb: 41,
  usd_hour: 0.38,
  intent_at: ago(620),
  started_at: ago(600),
  ready_at: ago(540),
  ended_at: null,
  verified_at: null,
  keep_until: null,
  boot_s: 58,
  download_mbps: 410,
  promised_mbps: 900,
  tokens_per_s: 52,
  model: 'llama3.1:8b',
  cost_usd: 0.0633,
  cost_from: 'clock',
  ended_because: null,
  failure: null,
  ...changes,
});

export const goneRental = (changes: Partial<Rental> = {}): Rental =>
  madeRental({
    rental_id: 'rental-0',
    state: 'gone',
    job_id: 'job-0-bbbbbbbb',
    contract_id: 7000,
    intent_at: ago(9_020),
    started_at: ago(9_000),
    ready_at: ago(8_940),
    ended_at: ago(8_100),
    verified_at: ago(8_095),
    cost_usd: 0.095,
    cost_from: 'bill',
    ended_because: 'its job is over',
    ...changes,
  });

export const madeStatus = (changes: Partial<RentalStatus> = {}): RentalStatus => ({
  running: 1,
  usd_hour: 0.38,
  strays: [],
  checked_at: ago(12),
  trouble: null,
  ...changes,
});

export const madeAnswer = (
  rentals: readonly Rental[],
  changes: Partial<RentalsAnswer> = {},
): RentalsAnswer => ({ ...madeStatus(), rentals, total: rentals.length, ...changes });

export const madeStray = (changes: Partial<Stray> = {}): Stray => ({
  market: 'demo',
  contract_id: 8001,
  label: 'rune-job-9.1',
  gpu_name: 'RTX 4090',
  usd_hour: 0.42,
  started_at: ago(11_000),
  status: 'running',
  kind: 'ours',
  ...changes,
});

export const madeMachine = (changes: Partial<MachineRecord> = {}): MachineRecord => ({
  market: 'demo',
  machine_id: 31,
  host_id: 9,
  gpu_name: 'RTX 4090',
  rentals: 4,
  failed: 1,
  usd: 0.21,
  last_at: ago(8_000),
  boot_s: 58,
  download_mbps: 410,
  promised_mbps: 900,
  tokens_per_s: 52,
  model: 'llama3.1:8b',
  ...changes,
});
