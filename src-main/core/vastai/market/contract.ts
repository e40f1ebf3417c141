import { z } from 'zod';

const seconds = z.number().finite();
const usd = z.number().finite().nonnegative();

/**
 * Why a machine does not do what it was rented for. `silent`: its port is told and nothing listens there; `lost`: no
 * heartbeat any more; `ended`: its host takes it back.
 */
export const FATES = [
  'fine',
  'never-up',
  'boot-error',
  'boot-exit',
  'no-ports',
  'silent',
  'exit',
  'lost',
  'ended',
] as const;
export type Fate = (typeof FATES)[number];

/** One rented machine, as the state file has it. What it is at a moment follows from the time alone. */
export const contractSchema = z.object({
  id: z.number().int().positive(),
  ask_id: z.number().int().positive(),
  label: z.string().nullable(),
  created_at: seconds,
  /** Agreed: per hour with the disk. */
  dph_total: usd,
  storage_dph: usd,
  down_cost: usd,
  disk_gb: z.number(),
  is_bid: z.boolean(),
  image: z.string(),
  runtype: z.string(),
  env: z.record(z.string(), z.string()),
  onstart: z.string().nullable(),
  template_hash: z.string().nullable(),
  image_bytes: z.number().nonnegative(),
  /** From the contract to a running container. */
  boot_s: seconds,
  fate: z.enum(FATES),
  /** When the fate strikes, after `created_at`; null: it is there from the start. */
  fate_after_s: seconds.nullable(),
  /** The host's end of term. */
  term_ends_at: seconds,
  moves: z.array(z.object({ at: seconds, to: z.enum(['running', 'stopped']) })),
  pulls: z.array(z.object({ at: seconds, bytes: z.number().nonnegative() })),
  /** Models on its disk. */
  models: z.array(z.string()),
  destroyed_at: seconds.nullable(),
  /** Where its model server listens. */
  port: z.number().int().nullable(),
});
export type Contract = z.infer<typeof contractSchema>;

/** Storage that was rented for itself. */
export const volumeSchema = z.object({
  id: z.number().int().positive(),
  label: z.string().nullable(),
  machine_id: z.number().int(),
  size_gb: z.number(),
  dph: usd,
  created_at: seconds,
  destroyed_at: seconds.nullable(),
});
export type Volume = z.infer<typeof volumeSchema>;
