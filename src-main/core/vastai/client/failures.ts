import { z } from 'zod';
import { REDACTED, redactText } from '#shared/lib/redact-text.ts';
import { CodedError, type FailureCode } from '#shared/model/failure.ts';
import type { Reply } from './send.ts';

const MAX_DETAIL = 500;

/** The shapes errors come in, one or more of them at a time (reference: Vast.ai §1). */
const errorShape = z.looseObject({
  success: z.boolean().optional().catch(undefined),
  error: z.string().optional().catch(undefined),
  msg: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
});

/** What a server said, without our key and bounded. */
export type Wipe = (text: string) => string;

export function createWipe(key: string): Wipe {
  const spellings = [...new Set([key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1)])];
  return (text) => {
    const clean = spellings.reduce((left, spelling) => left.replaceAll(spelling, REDACTED), text);
    return redactText(clean.slice(0, 20 * MAX_DETAIL)).slice(0, MAX_DETAIL);
  };
}

export interface Said {
  /** The code of the API's own: `no_such_ask`. */
  readonly error: string;
  readonly text: string;
  /** It says that it has not done it. */
  readonly failed: boolean;
}

export function saidBy({ json, text }: Pick<Reply, 'json' | 'text'>): Said {
  const parsed = errorShape.safeParse(json);
  if (!parsed.success) return { error: '', text, failed: false };
  const { error = '', msg = '', message = '', detail = '', success } = parsed.data;
  const told = [error, msg, message, detail].filter((part) => part !== '');
  return { error, text: told.length === 0 ? text : told.join(': '), failed: success === false };
}

export const saysBadKey = ({ error, text }: Said): boolean =>
  error === 'auth_error' || /invalid (user |api[ _-]?)key/i.test(text);

const namesOffer = ({ text }: Said): boolean => /(?<![a-z])(ask|offer)(?![a-z])|available/i.test(text);

/** The market says that there is no such instance, and not that it has no such path or knows no such key. */
export function saysAbsent(reply: Reply): boolean {
  if (reply.status !== 404 || typeof reply.json !== 'object' || reply.json === null) return false;
  const said = saidBy(reply);
  if (saysBadKey(said)) return false;
  if (/(?<![a-z])(instance|contract|volume)(?![a-z])/i.test(said.text)) return true;
  return /^(no_such_\w+|not_found)$/.test(said.error) && !/path|route|url|page|endpoint/i.test(said.text);
}

/** Shortest time between two calls that a refusal tells, in milliseconds. */
export function toldInterval(reply: Reply): number | null {
  const told = /threshold\s*=\s*(\d+(?:\.\d+)?)/i.exec(saidBy(reply).text)?.[1];
  return told === undefined ? null : Number(told) * 1000;
}

/** What an answer that is no success stands for. `ofOffer`: what was asked for by its number is an offer. */
export function failureOf(reply: Reply, who: string, wipe: Wipe, ofOffer: boolean): CodedError {
  const said = saidBy(reply);
  const detail = wipe(
    reply.html ? said.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ') : said.text,
  ).trim();
  const failed = (code: FailureCode, message: string, retryable?: boolean): CodedError =>
    new CodedError(code, message, {
      ...(detail !== '' && { detail }),
      ...(retryable === true && { retryable }),
    });
  const { status } = reply;
  if (status === 401 || saysBadKey(said))
    return failed(
      'vastai.bad_key',
      `${who} does not know this key: put a valid one into Settings › Secrets as VAST_API_KEY.`,
    );
  if (status === 403)
    return failed(
      'vastai.bad_key',
      `${who} does not allow this key to do that: give it the permission there, or use another as VAST_API_KEY.`,
    );
  if (status === 429)
    return failed('vastai.rate_limited', `${who} is asked too often: wait a moment and try again.`, true);
  if (said.error === 'no_such_ask' || (ofOffer && (status === 410 || (status === 404 && namesOffer(said)))))
    return failed('vastai.offer_taken', 'The offer is gone, somebody was faster: take another.');
  if (status === 400 || status === 422)
    return failed('vastai.invalid_args', `${who} refuses what it was asked: see its answer.`);
  if (status >= 500)
    return failed('vastai.http_status', `${who} fails with status ${status}: try again in a while.`, true);
  if (status >= 300 && status < 400)
    return failed(
      'vastai.http_status',
      `${who} redirects (status ${status}), and the key is not sent on: check VAST_API_URL.`,
    );
  if (status >= 400) return failed('vastai.http_status', `${who} answers with status ${status}.`);
  return failed(
    'vastai.bad_response',
    said.failed
      ? `${who} says that it did not do what it was asked.`
      : `${who} sent what its API does not send${reply.html ? ', a page' : ''}: check VAST_API_URL.`,
  );
}
