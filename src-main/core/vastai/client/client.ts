import { z } from 'zod';
import type { Clock, Logger } from '#core/ports/ports.ts';
import type { Milliseconds, Seconds } from '#shared/model/units.ts';
import type { VastClient, VastConnection } from '../seams.ts';
import { type Asked, createCaller } from './caller.ts';
import { chargesAnswer, chargesByContract } from './charges.ts';
import { createOrder } from './create.ts';
import { saysAbsent } from './failures.ts';
import { createInstanceList } from './instance-list.ts';
import { readInstance } from './instances-wire.ts';
import { readOffers, searchAnswer } from './offers-wire.ts';
import { SEARCH_LIMIT, searchBody } from './order.ts';
import { allPages, tokenOf } from './pages.ts';
import { inTurns } from './turns.ts';
import { asId, asNumber, asText } from './wire.ts';

const CHARGES_PAGE = 100;
const DAY: Seconds = 86_400;

const done = z.looseObject({ success: z.literal(true) });
const shown = z.object({ instances: z.unknown() }).refine(({ instances }) => instances !== undefined);
const volumesAnswer = z.object({
  volumes: z.array(
    z.looseObject({ id: z.unknown().transform(asId).pipe(z.number()), label: z.unknown().optional() }),
  ),
});
const templatesAnswer = z.object({
  templates: z.array(
    z.looseObject({ hash_id: z.string(), name: z.string().nullish(), image: z.string().nullish() }),
  ),
});
const userAnswer = z.looseObject({
  id: z.unknown().transform(asId).pipe(z.number()),
  email: z.unknown().optional(),
  balance: z.unknown().optional(),
  credit: z.unknown().optional(),
});

const queryOf = (parameters: Readonly<Record<string, string>>): string =>
  new URLSearchParams(parameters).toString();

/** The API of one market. `callLimitMs`, of wall, is what one call may take. */
export function createVastClient(
  connection: VastConnection,
  clock: Clock,
  logger: Logger,
  callLimitMs?: Milliseconds,
): VastClient {
  const caller = createCaller(connection, clock, logger, callLimitMs);
  const { ask, call, parse, bad } = caller;
  const get = (lane: Asked['lane'], path: string): Asked => ({ lane, method: 'GET', path });

  /** What is absent already need not be removed. */
  async function remove(asked: Asked, signal: AbortSignal): Promise<void> {
    const reply = await call(asked, signal);
    if (!saysAbsent(reply)) parse(reply, done);
  }

  return {
    connection,
    create: createOrder(caller),
    list: inTurns(createInstanceList(caller, connection.base_url)),

    search: async (search, signal) => {
      const asked: Asked = { lane: 'search', method: 'POST', path: '/bundles/', body: searchBody(search) };
      return readOffers(await ask(asked, searchAnswer, signal), SEARCH_LIMIT);
    },

    show: async (contractId, signal) => {
      const reply = await call(get('show', `/instances/${contractId}/`), signal);
      if (saysAbsent(reply)) return null;
      const { instances } = parse(reply, shown);
      if (instances === null) return null;
      const instance = readInstance(instances);
      if (instance?.id !== contractId) throw bad('the instance is not the one that was asked for');
      return instance;
    },

    label: async (contractId, label, signal) => {
      await ask(
        { lane: 'label', method: 'PUT', path: `/instances/${contractId}/`, body: { label } },
        done,
        signal,
      );
    },

    destroy: (contractId, signal) =>
      remove({ lane: 'destroy', method: 'DELETE', path: `/instances/${contractId}/` }, signal),

    charges: async (from, until, signal) => {
      const select_filters = JSON.stringify({
        // A day's row counts as of its midnight (UTC).
        day: { gte: Math.max(0, Math.floor(from / DAY) * DAY), lte: Math.ceil(until) },
        type: { in: ['instance'] },
      });
      let at = 0;
      const rows = await allPages(
        async (token) => {
          const query = queryOf({
            select_filters,
            limit: String(CHARGES_PAGE),
            ...(token !== null && { after_token: token }),
          });
          const page = await ask(get('charges', `/charges/?${query}`), chargesAnswer, signal);
          return {
            rows: page.results.map((row) => ({ row, at: at++ })),
            nextToken: tokenOf(page.next_token),
            total: asNumber(page.total),
          };
        },
        (one) => one.at,
        bad,
      );
      return chargesByContract(
        rows.map(({ row }) => row),
        { from, until },
      );
    },

    volumes: async (signal) => {
      const { volumes } = await ask(get('volumes', '/volumes/'), volumesAnswer, signal);
      return volumes.map(({ id, label }) => ({ id, label: asText(label, 1024) }));
    },

    deleteVolume: (id, signal) =>
      remove({ lane: 'volumes', method: 'DELETE', path: '/volumes/', body: { id } }, signal),

    template: async (hash, signal) => {
      const query = queryOf({
        select_filters: JSON.stringify({ hash_id: { eq: hash } }),
        select_cols: JSON.stringify(['*']),
      });
      const { templates } = await ask(get('template', `/template/?${query}`), templatesAnswer, signal);
      const found = templates.find(({ hash_id }) => hash_id === hash);
      if (found === undefined) return null;
      return { hash, name: asText(found.name) ?? hash, image: asText(found.image, 512) };
    },

    user: async (signal) => {
      const user = await ask(get('user', '/users/current/'), userAnswer, signal);
      return {
        id: user.id,
        email: asText(user.email),
        balance_usd: asNumber(user.balance),
        credit_usd: asNumber(user.credit),
      };
    },
  };
}
