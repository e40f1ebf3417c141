import { z } from 'zod';
import type { Instance, VastClient } from '../seams.ts';
import type { Caller } from './caller.ts';
import { saidBy, saysBadKey } from './failures.ts';
import { readInstance } from './instances-wire.ts';
import { allPages, type Page, pageToken, tokenOf } from './pages.ts';
import type { Reply } from './send.ts';
import { asNumber } from './wire.ts';

const PAGE = 25;
const ORDER = JSON.stringify([{ col: 'id', dir: 'asc' }]);
/** Statuses of a version that this account, or this server, does not have. */
const NO_SUCH_VERSION: ReadonlySet<number> = new Set([404, 405, 410]);

const listed = z.looseObject({
  instances: z.array(z.unknown()),
  total_instances: z.unknown().optional(),
  next_token: pageToken,
});

class NoSuchVersion extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super('no such version of the list');
    this.reply = reply;
  }
}

/** Lists with v1 in pages, or with v0 in one; the one that answers is asked first from then on. */
export function createInstanceList(caller: Caller, baseUrl: string): VastClient['list'] {
  const v1 = baseUrl.endsWith('/api/v0') ? `${baseUrl.slice(0, -1)}1/instances/` : null;
  const v0 = `${baseUrl}/instances/`;
  let versions: readonly string[] = v1 === null ? [v0] : [v1, v0];

  async function page(path: string, token: string | null, signal: AbortSignal): Promise<Page<Instance>> {
    const query = new URLSearchParams({ limit: String(PAGE), order_by: ORDER });
    if (token !== null) query.set('after_token', token);
    const url = path === v1 ? `${path}?${query}` : path;
    const reply = await caller.call({ lane: 'list', method: 'GET', path: url }, signal);
    if (token === null && NO_SUCH_VERSION.has(reply.status) && !saysBadKey(saidBy(reply)))
      throw new NoSuchVersion(reply);
    const answer = caller.parse(reply, listed);
    const rows = answer.instances.map((given) => {
      const instance = readInstance(given);
      if (instance === null) throw caller.bad('an instance of its list cannot be told');
      return instance;
    });
    const { next_token, total_instances } = answer;
    return {
      rows,
      nextToken: path === v1 ? tokenOf(next_token) : null,
      total: path === v1 ? asNumber(total_instances) : null,
    };
  }

  return async (signal) => {
    let missing: Reply | null = null;
    for (const path of versions) {
      try {
        const instances = await allPages(
          (token) => page(path, token, signal),
          ({ id }) => id,
          caller.bad,
        );
        versions = [path, ...versions.filter((other) => other !== path)];
        return instances;
      } catch (thrown) {
        if (!(thrown instanceof NoSuchVersion)) throw thrown;
        missing = thrown.reply;
      }
    }
    throw missing === null ? caller.bad('it has no list of instances') : caller.failure(missing);
  };
}
