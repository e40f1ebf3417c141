import { z } from 'zod';
import type { Asks } from './asks.ts';
import { chargesOf } from './charges.ts';
import type { Contract } from './contract.ts';
import type { Estate } from './estate.ts';
import { listInstances } from './instance-list.ts';
import { toInstance, type WireInstance } from './instance-wire.ts';
import { bidOf, parseOrder } from './order.ts';
import { parseConditions } from './query.ts';
import { invalidArgs, Refusal } from './refusal.ts';
import { type MarketReply, type MarketRequest, reply } from './reply.ts';
import { searchOffers } from './search.ts';
import { TEMPLATES } from './templates.ts';

/** What a demo account has to spend; nothing is ever taken from it. */
const CREDIT_USD = 100;

const object = z.record(z.string(), z.unknown());
const asked = z.looseObject({ q: object, select_cols: z.array(z.string()).default(['*']) });
const volumeOrder = z.looseObject({
  id: z.number().int(),
  size: z.number().min(1).max(100_000),
  name: z.string().optional(),
});

export interface ApiDeps {
  readonly seed: number;
  readonly asks: Asks;
  readonly estate: Estate;
  /** Where the logs of a contract can be read without a key, for somebody who was told. */
  logsUrl(contractId: number): string;
}

/** Answers one call of the API; throws a Refusal where it would refuse. */
export function createApi({ seed, asks, estate, logsUrl }: ApiDeps) {
  const search = (body: unknown): MarketReply => {
    const found = searchOffers(objectOf(body), asks, estate.held(), estate.now());
    return reply({ success: true, offers: found.offers, ...(found.truncated ? { truncated: true } : {}) });
  };

  async function show(contract: Contract): Promise<WireInstance> {
    const ask = asks.find(contract.ask_id);
    if (ask === null) throw new Error(`contract ${contract.id} is of no offer`);
    const ports = await estate.portsOf(contract);
    return toInstance({
      contract,
      ask,
      condition: estate.conditionOf(contract),
      ports,
      now: estate.now(),
      seed,
    });
  }

  const existing = (id: number | null): Contract => {
    const contract = id === null ? null : estate.find(id);
    if (contract === null) throw new Refusal(404, 'no_such_instance', `No instance with id ${id}.`);
    return contract;
  };

  async function manage(id: number | null, body: unknown): Promise<MarketReply> {
    const contract = existing(id);
    const { state, label } = objectOf(body);
    if (label !== undefined) {
      if (typeof label !== 'string' || label.length > 1024)
        throw invalidArgs('label: a text of at most 1024');
      estate.change(contract, { label });
    }
    if (state !== undefined) {
      if (state !== 'running' && state !== 'stopped') throw invalidArgs('state: running or stopped');
      await estate.move(contract, state);
    }
    if (state === undefined && label === undefined) throw invalidArgs('nothing to change');
    return reply({ success: true });
  }

  function bid(id: number | null, body: unknown): MarketReply {
    const contract = existing(id);
    const price = bidOf(objectOf(body).price);
    if (price === null || !contract.is_bid) throw new Refusal(400, 'invalid_price', 'price of a bid');
    estate.change(contract, { dph_total: price + contract.storage_dph });
    return reply({ success: true });
  }

  function template(query: URLSearchParams): MarketReply {
    const conditions = textOf(query, 'select_filters');
    const meets = parseConditions(conditions, (field) => ['id', 'hash_id', 'name', 'image'].includes(field));
    const templates = TEMPLATES.map(({ envObject: _, ...told }) => told).filter(meets);
    return reply({ success: true, templates_found: templates.length, templates });
  }

  function createVolume(body: unknown): MarketReply {
    const { id, size, name } = parsed(volumeOrder, body);
    const ask = asks.all.find((one) => one.id + 40_000_000 === id);
    if (ask === undefined) throw new Refusal(404, 'no_such_ask', `No volume offer ${id}.`);
    const volume = estate.addVolume(ask, size, name ?? null);
    return reply({ success: true, id: volume.id, volume_name: name ?? `V.${volume.id}` });
  }

  return async ({ endpoint, id, query, body }: MarketRequest): Promise<MarketReply> => {
    switch (endpoint) {
      case 'search':
        return search(body);
      case 'search-legacy':
        return search(textOf(query, 'q'));
      case 'search-asks': {
        const { q, select_cols } = parsed(asked, body);
        const found = searchOffers(q, asks, estate.held(), estate.now());
        const all = select_cols.includes('*');
        const offers = all
          ? found.offers
          : found.offers.map((offer) => Object.fromEntries(select_cols.map((name) => [name, offer[name]])));
        return reply({ success: true, offers });
      }
      case 'create':
        return reply({ success: true, new_contract: estate.create(id ?? 0, parseOrder(body)).id });
      case 'show': {
        const contract = id === null ? null : estate.find(id);
        return reply({ instances: contract === null ? null : await show(contract) });
      }
      case 'list-legacy':
        return reply({ instances: await Promise.all(estate.listed().map(show)) });
      case 'list':
        return reply(listInstances(await Promise.all(estate.listed().map(show)), query));
      case 'manage':
        return manage(id, body);
      case 'destroy':
        await estate.destroy(existing(id).id);
        return reply({ success: true });
      case 'reboot':
        await estate.reboot(existing(id));
        return reply({ success: true });
      case 'bid':
        return bid(id, body);
      case 'request-logs':
        return reply({
          success: true,
          result_url: logsUrl(existing(id).id),
          msg: 'the logs will be there soon',
        });
      case 'volumes':
        return reply({
          volumes: estate
            .volumes()
            .flatMap(({ destroyed_at, ...volume }) => (destroyed_at === null ? [volume] : [])),
        });
      case 'volume-create':
        return createVolume(body);
      case 'volume-delete': {
        const wanted = body === undefined ? query.get('id') : objectOf(body).id;
        if (!estate.deleteVolume(Number(wanted)))
          throw new Refusal(404, 'no_such_volume', `No volume with id ${wanted}.`);
        return reply({ success: true });
      }
      case 'template':
        return template(query);
      case 'user':
        return reply({
          id: 1,
          username: 'demo',
          email: 'demo@market.invalid',
          balance: 0,
          credit: CREDIT_USD,
          has_billing: true,
        });
      case 'charges':
        return reply(chargesOf(estate, query));
    }
  };
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalidArgs(`${issue?.path.join('.') || 'body'}: ${issue?.message}`);
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> => parsed(object, value);

/** JSON in the address. */
function textOf(query: URLSearchParams, name: string): Readonly<Record<string, unknown>> {
  try {
    return object.parse(JSON.parse(query.get(name) ?? '{}'));
  } catch {
    throw invalidArgs(`${name}: expected an object`);
  }
}
