import type { Migration } from './migration.ts';

/** What was rented, what machines delivered, and what offers cost. */
export const RENTALS: readonly Migration[] = [
  {
    name: '2026-11-23-14-rentals',
    scope: 'own',
    sql: `
-- The ledger: a row is committed before the market is asked for anything.
CREATE TABLE rs_rental (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  rental_id TEXT NOT NULL UNIQUE,
  market TEXT NOT NULL,
  state TEXT NOT NULL,
  job_id TEXT NOT NULL,
  label TEXT NOT NULL,
  offer_id INTEGER NOT NULL,
  contract_id INTEGER,
  machine_id INTEGER,
  host_id INTEGER,
  gpu_name TEXT NOT NULL,
  num_gpus INTEGER NOT NULL,
  gpu_total_ram INTEGER NOT NULL,
  reliability REAL,
  disk_gb REAL NOT NULL,
  usd_hour REAL NOT NULL,
  usd_gb_in REAL,
  usd_gb_out REAL,
  backend_url TEXT,
  intent_at REAL NOT NULL,
  started_at REAL,
  ready_at REAL,
  -- When it was last seen on the market.
  seen_at REAL,
  -- When it was first to be gone, when a destroy was last accepted, and how often it was not seen gone in time.
  closing_at REAL,
  destroy_at REAL,
  tries INTEGER NOT NULL DEFAULT 0,
  ended_at REAL,
  verified_at REAL,
  keep_until REAL,
  gb_in REAL NOT NULL DEFAULT 0,
  gb_out REAL NOT NULL DEFAULT 0,
  -- The market's bill, until when it reaches, and since when it says the same; settled: the last one there will be.
  billed_usd REAL,
  billed_until REAL,
  bill_since REAL,
  settled INTEGER NOT NULL DEFAULT 0,
  boot_s REAL,
  promised_mbps REAL,
  download_mbps REAL,
  tokens_per_s REAL,
  model TEXT,
  ended_because TEXT,
  failure_json TEXT
);
CREATE INDEX idx_rs_rental_open ON rs_rental(state) WHERE state NOT IN ('gone', 'refused');
CREATE INDEX idx_rs_rental_unsettled ON rs_rental(settled, ended_at) WHERE settled = 0;
CREATE INDEX idx_rs_rental_job ON rs_rental(job_id);
-- Not unique: a create that was carried out twice has made two contracts of one label.
CREATE INDEX idx_rs_rental_label ON rs_rental(label);
CREATE INDEX idx_rs_rental_refused ON rs_rental(intent_at) WHERE state = 'refused';
CREATE INDEX idx_rs_rental_contract ON rs_rental(market, contract_id);
CREATE INDEX idx_rs_rental_machine ON rs_rental(market, machine_id);
CREATE INDEX idx_rs_rental_delivered ON rs_rental(gpu_name, num_gpus, model, seq) WHERE tokens_per_s IS NOT NULL;

-- Which job had it when: a job pays from its start to the next one's, or to the end.
CREATE TABLE rs_rental_use (
  rental_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  from_at REAL NOT NULL,
  PRIMARY KEY (rental_id, from_at)
) WITHOUT ROWID;
CREATE INDEX idx_rs_rental_use_job ON rs_rental_use(job_id);

-- Prices of GPU types, search by search.
CREATE TABLE rs_gpu_price (
  market TEXT NOT NULL,
  gpu_name TEXT NOT NULL,
  at REAL NOT NULL,
  n INTEGER NOT NULL,
  low REAL NOT NULL,
  p25 REAL NOT NULL,
  median REAL NOT NULL,
  p75 REAL NOT NULL,
  PRIMARY KEY (market, gpu_name, at)
) WITHOUT ROWID;

-- The latest searches whole, so that a view opens on what was known: gzip of JSON.
CREATE TABLE rs_offer_snapshot (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  market TEXT NOT NULL,
  at REAL NOT NULL,
  n INTEGER NOT NULL,
  -- What was asked for, as canonical JSON.
  search TEXT NOT NULL,
  offers BLOB NOT NULL
);
CREATE INDEX idx_rs_offer_snapshot ON rs_offer_snapshot(market, search, seq);
`,
  },
  {
    name: '2026-11-23-15-rental-account',
    scope: 'own',
    sql: `
-- Whose key it was rented with: with another account's it is not seen, which does not mean that it is gone.
ALTER TABLE rs_rental ADD COLUMN account INTEGER;
`,
  },
];
