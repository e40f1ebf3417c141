import { MAX_JSON_DEPTH, nestsTooDeep } from '#shared/lib/json-depth.ts';
import type { Json, JsonObject } from '#shared/model/job.ts';

/** Longer texts are not parsed: a RUNE payload is at most a few hundred kilobytes. */
const MAX_CHARACTERS = 64 * 1024 * 1024;
/** A string may lack its end: it then is the rest, so that no quote is looked at twice. */
const PYTHON_TOKENS = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"?|-?\bInfinity\b|\bNaN\b/g;

/** What a JSON column of a RUNE store holds, and what was odd about it. `value` is undefined when it is no JSON. */
export interface LenientJson {
  readonly value: Json | undefined;
  readonly oddity: string | null;
}

/** Parses JSON as Python writes it: bare NaN and Infinity become null. Never throws. */
export function parseLenient(text: string): LenientJson {
  try {
    if (text.length > MAX_CHARACTERS) {
      return { value: undefined, oddity: `is ${text.length} characters long and was not read` };
    }
    if (nestsTooDeep(text)) {
      return { value: undefined, oddity: `is nested more than ${MAX_JSON_DEPTH} deep and was not read` };
    }
    return { value: JSON.parse(text) as Json, oddity: null };
  } catch {
    return parsePython(text);
  }
}

function parsePython(text: string): LenientJson {
  try {
    let replaced = 0;
    const json = text.replace(PYTHON_TOKENS, (token) => {
      if (token.startsWith('"')) return token;
      replaced++;
      return 'null';
    });
    const value = JSON.parse(json) as Json;
    return { value, oddity: `holds ${replaced} numbers that are not finite; they read as unknown` };
  } catch {
    return { value: undefined, oddity: 'is not JSON' };
  }
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object in a JSON column, or null; the oddity then says why. Anything that is not text or bytes is odd too. */
export function parseObject(column: unknown): {
  readonly value: JsonObject | null;
  readonly oddity: string | null;
} {
  if (column === null || column === undefined) return { value: null, oddity: null };
  const text = typeof column === 'string' ? column : Buffer.isBuffer(column) ? column.toString('utf8') : null;
  if (text === null) return { value: null, oddity: 'is not text' };
  const { value, oddity } = parseLenient(text);
  if (isObject(value)) return { value, oddity };
  return { value: null, oddity: oddity ?? 'is not a JSON object' };
}

/** Reads of a parsed payload: the value when it has the type asked for, else null. */
export const textAt = (object: JsonObject | null, key: string): string | null => {
  const value = object?.[key];
  return typeof value === 'string' && value !== '' ? value : null;
};
export const numberAt = (object: JsonObject | null, key: string): number | null => {
  const value = object?.[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};
export const objectAt = (object: JsonObject | null, key: string): JsonObject | null => {
  const value = object?.[key];
  return isObject(value) ? value : null;
};
