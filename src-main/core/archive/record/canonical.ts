import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Json, JsonObject } from '#shared/model/job.ts';

/**
 * `value` as JSON can hold it for good: what RFC 8785 refuses (lone surrogates, NaN, Infinity) is replaced, what JSON
 * drops is dropped. An answer that was cut in the middle of a character must not cost its job.
 */
export function cleanJson(value: unknown): Json {
  switch (typeof value) {
    case 'string':
      return value.toWellFormed();
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return value.map(cleanJson);
      return cleanObject(value);
    default:
      return null;
  }
}

export function cleanObject(value: object): JsonObject {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key.toWellFormed(), cleanJson(member)]),
  );
}

/** RFC 8785: one text for one value, whoever writes it. Throws a TypeError on what JSON cannot hold. */
export function canonicalJson(value: JsonObject): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}

export const sha256Hex = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');
