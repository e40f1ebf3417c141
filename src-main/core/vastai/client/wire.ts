import { z } from 'zod';

/** Numbers come as such or as text. */
export function asNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

export function asId(value: unknown): number | null {
  const id = asNumber(value);
  return id !== null && Number.isSafeInteger(id) && id > 0 ? id : null;
}

export function asBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 0) return value === 1;
  return value === 'true' ? true : value === 'false' ? false : null;
}

/** Without control characters, which a terminal would obey, and trimmed; null where nothing is left. */
export function asText(value: unknown, max = 256): string | null {
  if (typeof value !== 'string') return null;
  const clean = value
    .slice(0, max * 4)
    .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return clean === '' ? null : clean.slice(0, max);
}

export type WireRecord = Readonly<Record<string, unknown>>;
export const wireRecord: z.ZodType<WireRecord> = z.record(z.string(), z.unknown());
