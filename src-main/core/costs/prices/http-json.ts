import type { z } from 'zod';
import { PriceTrouble } from './trouble.ts';

export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export interface JsonCall {
  /** As messages name it: "Azure's price API". */
  readonly api: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent with POST. */
  readonly body?: string;
}

export const statusTrouble = (api: string, status: number): PriceTrouble => {
  if (status >= 300 && status < 400) return new PriceTrouble(`${api} was not used: it redirects.`);
  if (status === 401 || status === 403)
    return new PriceTrouble(`${api} was not used: it refuses the credentials.`);
  return new PriceTrouble(`${api} was not used: it answered with status ${status}.`);
};

export const notJson = (api: string): PriceTrouble =>
  new PriceTrouble(`${api} was not used: its answer is not what that API sends.`);

export const tooLong = (api: string): PriceTrouble =>
  new PriceTrouble(`${api} was not used: its answer does not end.`);

/** One JSON document. Throws PriceTrouble, or what the signal carries. Our key must not follow a redirect: none is followed. */
export async function fetchJson<T>(call: JsonCall, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
  const { api, url, headers, body } = call;
  let text: string;
  try {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body }),
      redirect: 'manual',
      signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw statusTrouble(api, response.status);
    }
    text = await readText(response, api);
  } catch (thrown) {
    throw thrown instanceof PriceTrouble ? thrown : new PriceTrouble(null);
  }
  const parsed = schema.safeParse(parseJson(text, api));
  if (!parsed.success) throw notJson(api);
  return parsed.data;
}

async function readText({ body }: Response, api: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  // Leaving the loop ends the connection.
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw tooLong(api);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parseJson(text: string, api: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson(api);
  }
}
