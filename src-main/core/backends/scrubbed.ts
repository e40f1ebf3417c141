import { CodedError } from '#shared/model/failure.ts';
import type { LlmBackend } from './backend.ts';

// Placeholders such as "x", which servers without keys are given, would turn every message into riddles.
const SHORTEST_KEY = 4;
/** What a server says is cut before it comes here, perhaps within the key: this much of its beginning counts as it. */
const BEGINNING = 8;

/** The backend whose failures never hold its keys, whatever a server echoes. */
export function scrubFailures(inner: LlmBackend, keys: readonly string[]): LlmBackend {
  const secret = keys.filter((key) => key.length >= SHORTEST_KEY).toSorted((a, b) => b.length - a.length);
  if (secret.length === 0) return inner;
  const clean = (text: string): string => secret.reduce((cleaned, key) => withoutKey(cleaned, key), text);
  const scrub = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown;
      const { code, message, detail, retryable } = thrown;
      throw new CodedError(code, clean(message), {
        ...(detail === undefined ? {} : { detail: clean(detail) }),
        ...(retryable === undefined ? {} : { retryable }),
      });
    }
  };
  return {
    backend_type: inner.backend_type,
    base_url: inner.base_url,
    normaliseModel: (model) => inner.normaliseModel(model),
    listModels: (signal) => scrub(inner.listModels(signal)),
    getCapabilities: (model, signal) => scrub(inner.getCapabilities(model, signal)),
    warmup: (request) => scrub(inner.warmup(request)),
    chat: (request) => scrub(inner.chat(request)),
  };
}

function withoutKey(text: string, key: string): string {
  const beginning = key.slice(0, BEGINNING);
  let clean = '';
  let done = 0;
  for (let at = text.indexOf(beginning); at !== -1; at = text.indexOf(beginning, done)) {
    let length = beginning.length;
    while (length < key.length && text[at + length] === key[length]) length++;
    clean += `${text.slice(done, at)}[key]`;
    done = at + length;
  }
  return clean + text.slice(done);
}
