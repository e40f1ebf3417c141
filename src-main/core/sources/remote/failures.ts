import { REDACTED, redactText } from '#shared/lib/redact-text.ts';
import { CodedError, FAILURE_CODES, type FailureCode } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';

/** A call to a remote that did not do what was asked. */
export class RemoteFailure extends CodedError {
  /** The remote may have done it all the same: its answer did not come, or was none. */
  readonly unsure: boolean;
  /** It asks not to be called sooner. */
  readonly retryAfterMs: Milliseconds | null;
  readonly status: number | null;

  constructor(
    code: FailureCode,
    message: string,
    more: {
      detail?: string | undefined;
      retryable?: boolean | undefined;
      unsure?: boolean;
      retryAfterMs?: Milliseconds | null;
      status?: number;
    } = {},
  ) {
    super(code, message, more);
    this.unsure = more.unsure ?? false;
    this.retryAfterMs = more.retryAfterMs ?? null;
    this.status = more.status ?? null;
  }
}

const MAX_DETAIL = 500;
/** Whatever it says, it is asked again after this. */
const MAX_RETRY_AFTER_MS: Milliseconds = 600_000;
/** RUNE's limit is a window of a minute, and it does not say when that ends. */
const RUNE_WINDOW_MS: Milliseconds = 60_000;

/** What a remote said, bounded and without our token. */
export function wiped(text: string, token: string | null): string {
  const bounded = text.slice(0, 20 * MAX_DETAIL);
  const clean = token === null ? bounded : bounded.replaceAll(token, REDACTED);
  return redactText(clean).slice(0, MAX_DETAIL);
}

const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
]);
const NO_TLS = /^(EPROTO|ERR_SSL_(WRONG_VERSION|PACKET_LENGTH|HTTP_REQUEST|UNEXPECTED_MESSAGE))/;
const TLS = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH)/;

/** Why no answer came. Never the thrown message: it may quote what was sent. */
export function brokenFailure(who: string, thrown: unknown): RemoteFailure {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  const code = String((cause as { code?: unknown } | undefined)?.code ?? '');
  if (NO_TLS.test(code))
    return new RemoteFailure(
      'remote.unreachable',
      `${who} does not answer in TLS at this address: it may be meant to begin with http, not https.`,
    );
  if (TLS.test(code))
    return new RemoteFailure(
      'remote.unreachable',
      `The certificate of ${who} is not accepted (${code}). Correct it there, use its right address, or let Node trust its issuer with NODE_EXTRA_CA_CERTS.`,
    );
  if (code === 'ECONNREFUSED')
    return new RemoteFailure(
      'remote.unreachable',
      `${who} cannot be reached: nothing listens there. Start it, or correct its address in Settings.`,
      { retryable: true },
    );
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new RemoteFailure(
      'remote.unreachable',
      `${who} cannot be reached: its host name is not found. Check the network and its address in Settings.`,
      { retryable: true },
    );
  const named = /^[A-Z0-9_]{3,60}$/.test(code) ? ` (${code})` : '';
  return new RemoteFailure(
    'remote.unreachable',
    `The connection to ${who} broke${named}. Check the network, then try again.`,
    { retryable: true, unsure: !NOT_CONNECTED.has(code) },
  );
}

export const slowFailure = (who: string, limitMs: Milliseconds): RemoteFailure =>
  new RemoteFailure('remote.unreachable', `${who} has not answered within ${Math.round(limitMs / 1000)} s.`, {
    retryable: true,
    unsure: true,
  });

export const tooLargeFailure = (who: string, limitBytes: number): RemoteFailure =>
  new RemoteFailure(
    'remote.bad_response',
    `${who} sent more than ${Math.round(limitBytes / 1024 / 1024)} MiB in one answer: it was not read further.`,
    { unsure: true },
  );

export const oddFailure = (who: string, what: string, detail = ''): RemoteFailure =>
  new RemoteFailure('remote.bad_response', `${who} answered with ${what}, which no rune-api does.`, {
    unsure: true,
    ...(detail !== '' && { detail }),
  });

export interface Refusal {
  readonly status: number;
  /** The `error` of its JSON body; else its text. */
  readonly said: string;
  /** Our own API's code beside it. */
  readonly code: string;
  /** It was RUNE's JSON object with an `error`. */
  readonly isRune: boolean;
  readonly retryAfter: string | null;
  readonly location: string | null;
}

/** What an answer that is no success stands for. */
export function refusalFailure(who: string, refusal: Refusal, now: number): RemoteFailure {
  const { status, said, isRune } = refusal;
  const more = { status, ...(said !== '' && { detail: said }) };
  const http = (message: string, extra: object = {}): RemoteFailure =>
    new RemoteFailure('remote.http_status', message, { ...more, ...extra });
  if (status === 429 || saysRateLimited(refusal)) {
    const retryAfterMs = retryAfterOf(refusal.retryAfter, now) ?? RUNE_WINDOW_MS;
    return http(`${who} is asked too often: it is asked again in ${Math.ceil(retryAfterMs / 1000)} s.`, {
      retryable: true,
      retryAfterMs,
    });
  }
  if (status === 401)
    return new RemoteFailure(
      'remote.unauthorized',
      `${who} does not know this token. Put the token of its tenant into Settings › Secrets, under the name that the remote has there.`,
      more,
    );
  if (status === 403)
    return new RemoteFailure(
      'remote.unauthorized',
      `${who} refuses this token: it may belong to another tenant than the one in Settings.`,
      more,
    );
  if (status >= 300 && status < 400)
    return http(
      `${who} redirects to ${hostOf(refusal.location)}, and a token is not sent on. If that is the right address, give it in Settings.`,
    );
  const code = FAILURE_CODES.find((one) => one === refusal.code);
  if (isRune && code !== undefined && status < 500) return new RemoteFailure(code, said, { status });
  if (status === 413)
    return new RemoteFailure('request.too_large', `${who} does not take a request of this size.`, more);
  if (status === 404 || status === 405)
    return isRune
      ? http(`${who} answers: ${said}.`)
      : new RemoteFailure(
          'remote.bad_response',
          `${who} has no RUNE API at this address (status ${status}). Correct the address in Settings.`,
          more,
        );
  if (status >= 500)
    return http(`${who} fails with status ${status}. Look at its log, and try again.`, {
      retryable: true,
      unsure: true,
      retryAfterMs: retryAfterOf(refusal.retryAfter, now),
    });
  if (status === 400 && isRune) return new RemoteFailure('request.invalid', `${who} answers: ${said}`, more);
  return http(`${who} refuses the call with status ${status}.`);
}

/** RUNE answers a rate limit as a refused token. */
const saysRateLimited = ({ status, said }: Refusal): boolean =>
  status === 401 && /rate limit|too many requests/i.test(said);

function retryAfterOf(text: string | null, now: number): Milliseconds | null {
  if (text === null) return null;
  const ms = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS) : null;
}

const hostOf = (location: string | null): string => {
  const host = location === null ? '' : (URL.parse(location)?.host ?? 'another path');
  return host === '' ? 'somewhere' : host.slice(0, 200);
};
