import type { IncomingMessage } from 'node:http';
import type { Clock, Env } from '#core/ports/ports.ts';
import type { Access } from './access.ts';
import { Refused } from './answer.ts';
import type { RequestAbout } from './api.ts';
import type { Endpoint } from './endpoint.ts';
import { createGuessLimit, createRateLimit, rateLimitOf } from './limits.ts';
import { isForeign, isLoopback } from './sender.ts';

/** What stands between the network and the endpoints: who sends, as whom, and how often. Each throws a refusal. */
export interface Gate {
  checkSender(request: IncomingMessage, row: Endpoint | null, about: RequestAbout): void;
  /** Notes the tenant. */
  letIn(request: IncomingMessage, about: RequestAbout): void;
}

const MAX_KNOWN = 10_000;
const HEALTH = new Set(['/healthz', '/v1/healthz']);

export function createGate(access: Access, env: Env, clock: Clock): Gate {
  const now = (): number => clock.monotonicMs();
  const rate = createRateLimit(rateLimitOf(env), now);
  const guesses = createGuessLimit(now);
  /** Tokens that were good from an address: others' guesses there do not lock them out. */
  const known = new Set<string>();

  return {
    checkSender: (request, row, about) => {
      if (!isForeign(request)) return;
      // A probe from within a cluster names us as it likes, and learns nothing but that we live.
      const isProbe =
        row !== null &&
        HEALTH.has(row.path) &&
        request.headers.origin === undefined &&
        !isLoopback(request.socket.localAddress ?? '');
      if (isProbe || (access.auth && access.check(request).tenant !== null)) return;
      about.auth = 'foreign';
      throw new Refused(
        403,
        'this server answers only under its own address, and no other site',
        {},
        'access.denied',
      );
    },
    letIn: (request, about) => {
      const address = request.socket.remoteAddress ?? '';
      const { result, tenant, token } = access.check(request);
      about.auth = result;
      const wait = known.has(`${address} ${token}`) ? 0 : guesses.waits(address);
      if (wait > 0) {
        about.auth = 'blocked';
        throw limited('too many failed attempts', wait);
      }
      if (tenant === null) {
        guesses.failed(address);
        const message = result === 'wrong_tenant' ? 'invalid tenant/token combination' : 'unauthorized';
        throw new Refused(401, message, { 'www-authenticate': 'Bearer' }, 'http.unauthorized');
      }
      about.tenant = tenant;
      const [oldest] = known;
      if (known.size >= MAX_KNOWN && oldest !== undefined) known.delete(oldest);
      known.add(`${address} ${token}`);
      const seconds = rate.take(token);
      if (seconds > 0) throw limited('too many requests', seconds);
    },
  };
}

const limited = (message: string, seconds: number): Refused =>
  new Refused(429, message, { 'retry-after': seconds }, 'http.rate_limited');
