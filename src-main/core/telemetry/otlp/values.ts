import { CodedError } from '#shared/model/failure.ts';
import type { AttributeValue } from '#shared/model/span.ts';

/** Texts longer than this many characters are cut: a conversation fits, a file does not. */
export const MAX_TEXT = 32_768;
/** Members of one list or map. */
export const MAX_MEMBERS = 1024;
/** Values within values. What nests deeper than MAX_NESTING refuses the whole request. */
export const MAX_NESTING = 64;

export const invalid = (why: string): CodedError =>
  new CodedError('otlp.invalid', `This is no OTLP trace request: ${why}.`);

export const cutText = (text: string, max = MAX_TEXT): string =>
  text.length <= max ? text : `${text.slice(0, max - 1)}…`;

/** A number where it is exact, its digits where it is not. */
export const intOf = (value: bigint): number | string =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value.toString();

/** JSON has no words for these. */
export const doubleOf = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

export interface KeyedValue {
  readonly key: string;
  readonly value: AttributeValue;
}

/** An object that no key of a stranger can bend. */
export function mapOf(entries: readonly KeyedValue[]): { readonly [key: string]: AttributeValue } {
  const map: Record<string, AttributeValue> = {};
  for (const { key, value } of entries) {
    if (key === '__proto__')
      Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
    else map[key] = value;
  }
  return map;
}
