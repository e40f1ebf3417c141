import { z } from 'zod';
import type { Usd } from '#shared/model/units.ts';
import type { Ask } from './machines.ts';
import { lowestBid, storagePerHour } from './market-prices.ts';
import { invalidArgs, Refusal } from './refusal.ts';
import { findTemplate } from './templates.ts';

const MIN_DISK_GB = 8;
const RUNTYPES = [
  'ssh',
  'ssh_direct',
  'ssh_proxy',
  'jupyter',
  'jupyter_direct',
  'jupyter_proxy',
  'args',
] as const;
const MAX_PORTS = 64;

const orderSchema = z.looseObject({
  image: z.string().min(1).max(512).nullish(),
  template_hash_id: z.string().max(128).nullish(),
  disk: z.number().optional(),
  label: z.string().max(1024).nullish(),
  runtype: z.enum(RUNTYPES).nullish(),
  env: z.record(z.string().max(512), z.union([z.string().max(8192), z.number(), z.boolean()])).nullish(),
  onstart: z.string().max(65_536).nullish(),
  args: z.array(z.string().max(8192)).max(256).nullish(),
  args_str: z.string().max(65_536).nullish(),
  price: z.unknown().optional(),
  target_state: z.enum(['running', 'stopped']).nullish(),
  cancel_unavail: z.boolean().nullish(),
  volume_info: z
    .looseObject({ create_new: z.boolean().optional(), size: z.number().min(1).max(100_000).optional() })
    .nullish(),
});

/** What a create call asks for, all of it checked. */
export interface Order {
  readonly image: string;
  readonly templateHash: string | null;
  readonly diskGb: number;
  readonly label: string | null;
  readonly runtype: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onstart: string | null;
  /** Null: on demand. */
  readonly bid: Usd | null;
  readonly stopped: boolean;
  /** 410 when it cannot be had at once. */
  readonly cancelUnavailable: boolean;
  /** GB of a volume to be made with it. */
  readonly volumeGb: number | null;
}

export function parseOrder(body: unknown): Order {
  const parsed = orderSchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalidArgs(`${issue?.path.join('.') || 'body'}: ${issue?.message}`);
  }
  const given = parsed.data;
  const template = given.template_hash_id ? findTemplate(given.template_hash_id) : null;
  if (given.template_hash_id && template === null) throw invalidArgs('template_hash_id: no such template');
  const image = given.image ?? (template === null ? null : `${template.image}:${template.tag}`);
  if (image === null) throw invalidArgs('image or template_hash_id is required');
  const diskGb = given.disk ?? template?.recommended_disk_space ?? MIN_DISK_GB;
  if (!(diskGb >= MIN_DISK_GB)) throw invalidArgs(`disk: at least ${MIN_DISK_GB} GB`);
  const env = {
    ...template?.envObject,
    ...Object.fromEntries(Object.entries(given.env ?? {}).map(([name, value]) => [name, String(value)])),
  };
  if (portsIn(env).length > MAX_PORTS) throw invalidArgs(`env: at most ${MAX_PORTS} ports`);
  return {
    image,
    templateHash: given.template_hash_id ?? null,
    diskGb,
    label: given.label ?? null,
    runtype: given.runtype ?? template?.runtype ?? 'ssh_proxy',
    env,
    onstart: given.onstart ?? template?.onstart ?? null,
    bid: bidOf(given.price),
    stopped: given.target_state === 'stopped',
    cancelUnavailable: given.cancel_unavail ?? given.target_state !== 'stopped',
    volumeGb: given.volume_info?.create_new === true ? (given.volume_info.size ?? 10) : null,
  };
}

export function bidOf(price: unknown): Usd | null {
  if (price === undefined || price === null) return null;
  if (typeof price !== 'number' || !(price >= 0.001 && price <= 128))
    throw new Refusal(400, 'invalid_price', 'price must be between 0.001 and 128');
  return price;
}

/** Container ports that `-p` asks for, with the host's where it is told: "-p 11434:11434". */
export const portsIn = (env: Readonly<Record<string, string>>): readonly number[] =>
  Object.keys(env).flatMap((name) => {
    const found = /^-p\s+(?:\d+:)?(\d{1,5})(?:\/tcp)?$/.exec(name.trim());
    return found === null ? [] : [Number(found[1])];
  });

/** Prices per hour that a contract would be made at. */
export function agreedPrice(
  ask: Ask,
  base: Usd,
  order: Order,
): { readonly dph_total: Usd; readonly storage_dph: Usd } {
  const { machine, numGpus } = ask;
  const space = (machine.disk * numGpus) / machine.numGpus;
  if (order.diskGb > space)
    throw invalidArgs(`disk: ${order.diskGb} GB asked for, ${space.toFixed(1)} GB there`);
  const storage_dph = storagePerHour(ask, order.diskGb);
  if (order.bid === null) return { dph_total: base + storage_dph, storage_dph };
  const lowest = lowestBid(ask, base);
  if (lowest === null || order.bid < lowest)
    throw new Refusal(400, 'invalid_price', `the lowest bid is ${lowest ?? 'not taken here'}`);
  return { dph_total: order.bid + storage_dph, storage_dph };
}
