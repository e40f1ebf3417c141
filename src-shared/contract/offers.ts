import { type as typed } from '@orpc/contract';
import { z } from 'zod';
import { BACKEND_TYPES } from '#shared/model/job.ts';
import {
  type FitModel,
  type GpuPrice,
  MARKETS,
  type Market,
  type OffersAnswer,
  type PricedOffer,
  RANGE_FIELDS,
} from '#shared/model/offers.ts';
import type {
  DestroyAnswer,
  MachineRecord,
  ReconcileReport,
  Rental,
  RentalStatus,
  RentalsAnswer,
} from '#shared/model/rentals.ts';
import { base } from './base.ts';

const range = z.strictObject({ min: z.number().optional(), max: z.number().optional() });
const names = z.array(z.string().min(1).max(128)).max(128).optional();
/** By its key where there is one, else the demo's. */
const market = z.enum(MARKETS).optional();

export const marketDefaults = z
  .strictObject({
    verified: z.boolean().default(true),
    not_external: z.boolean().default(true),
    rentable: z.boolean().default(true),
    not_rented: z.boolean().default(true),
  })
  .prefault({});

export const offerFilter = z
  .strictObject({
    gpu_name: names,
    country: names,
    ranges: z.partialRecord(z.enum(RANGE_FIELDS), range).optional(),
    type: z.enum(['ondemand', 'bid']).default('ondemand'),
    defaults: marketDefaults,
  })
  .prefault({});

/** The job that offers are judged by. */
const judged = {
  /** '': the largest of the table that fits each offer. */
  model: z.string().max(128).default(''),
  backend_type: z.enum(BACKEND_TYPES).default('ollama'),
  agent: z.string().max(64).default('prompt'),
};

export const offersQuery = z.strictObject({
  market,
  filter: offerFilter,
  ...judged,
  /** A search of the same that is no older is taken instead; 0 asks the market. */
  max_age_s: z.number().min(0).max(86_400).default(30),
});
export type OffersQuery = z.infer<typeof offersQuery>;

export const quoteQuery = z.strictObject({ market, offer_id: z.number().int().positive(), ...judged });
export type QuoteQuery = z.infer<typeof quoteQuery>;

export const offersContract = {
  /** Which market there is, and whether it takes our key. */
  market: base.output(
    typed<{ readonly market: Market; readonly has_key: boolean; readonly base_url: string | null }>(),
  ),
  search: base.input(offersQuery).output(typed<OffersAnswer>()),
  /** The latest search that was kept, without asking the market: what a view opens on. Null: there is none. */
  latest: base.input(offersQuery).output(typed<OffersAnswer | null>()),
  /** The same offer as it is now. Throws `vastai.offer_taken` when it is gone. */
  quote: base.input(quoteQuery).output(typed<{ readonly offer: PricedOffer; readonly quoted_at: number }>()),
  /** Per GPU type and search, the oldest first. */
  history: base
    .input(z.strictObject({ market, gpu_name: names, days: z.number().int().min(1).max(400).default(30) }))
    .output(typed<readonly GpuPrice[]>()),
  models: base.output(typed<readonly FitModel[]>()),
};

/** How long the caller waits to see it gone; what takes longer goes on by itself. */
const wait_s = z.number().min(1).max(600).default(60);

export const rentalsContract = {
  /** The newest first. */
  list: base
    .input(
      z.strictObject({
        limit: z.number().int().min(1).max(1000).default(200),
        offset: z.number().int().min(0).default(0),
        /** Only what is not over. */
        open: z.boolean().default(false),
        job_id: z.string().max(128).optional(),
      }),
    )
    .output(typed<RentalsAnswer>()),
  /** From memory: cheap enough to be asked every few seconds. */
  status: base.output(typed<RentalStatus>()),
  get: base.input(z.strictObject({ rental_id: z.string().max(64) })).output(typed<Rental>()),
  /** Destroys an instance of the ledger, or a stray, and looks whether it is gone. */
  destroy: base
    .input(
      z.union([
        z.strictObject({ rental_id: z.string().min(1).max(64), wait_s }),
        z.strictObject({ market: z.enum(MARKETS), contract_id: z.number().int().positive(), wait_s }),
      ]),
    )
    .output(typed<DestroyAnswer>()),
  /** What exists against what should, now. */
  reconcile: base.output(typed<readonly ReconcileReport[]>()),
  machines: base.output(typed<readonly MachineRecord[]>()),
};
