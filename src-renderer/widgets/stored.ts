import { useCallback, useState } from 'react';
import { z } from 'zod';

const PREFIX = 'runescope.';

/** A value kept in this browser; `fallback` when there is none, it does not parse, or storage is forbidden. */
export function readStored<T>(key: string, schema: z.ZodType<T>, fallback: T): T {
  try {
    const text = window.localStorage.getItem(PREFIX + key);
    const parsed = text === null ? null : schema.safeParse(JSON.parse(text));
    return parsed?.success === true ? parsed.data : fallback;
  } catch {
    return fallback;
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    window.localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // A full or forbidden storage costs the memory of a preference, nothing else.
  }
}

/** State that survives a restart. */
export function useStored<T>(
  key: string,
  schema: z.ZodType<T>,
  fallback: T,
): readonly [T, (value: T) => void] {
  const [value, setValue] = useState(() => readStored(key, schema, fallback));
  const set = useCallback(
    (next: T) => {
      setValue(next);
      writeStored(key, next);
    },
    [key],
  );
  return [value, set];
}

export const storedNumbers = z.record(z.string(), z.number());
export const storedFlags = z.record(z.string(), z.boolean());
export const storedText = z.string();
