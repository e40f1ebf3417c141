import { z } from 'zod';
import type { EpochSeconds } from '#shared/model/units.ts';
import { isCalendarDate } from '../record/key.ts';
import type { Unit } from './listing-unit.ts';

export interface Resume {
  readonly at: EpochSeconds;
  /** Spent by the interrupted listing so far. */
  readonly requests: number;
  readonly todo: Unit[];
}

const day = z.string().refine(isCalendarDate);
const resumeSchema = z.object({
  at: z.number(),
  todo: z.array(
    z.object({
      prefix: z.string(),
      dates: z.object({ from: day.nullable(), to: day }).nullable(),
      after: z.string().nullable(),
    }),
  ),
});

export const encodeResume = (at: EpochSeconds, todo: readonly Unit[]): string => JSON.stringify({ at, todo });

/** Null when there is nothing to resume, or nothing that can be read. */
export function readResume(json: string | null, requests: number): Resume | null {
  if (json === null) return null;
  try {
    const read = resumeSchema.safeParse(JSON.parse(json));
    return read.success ? { ...read.data, requests } : null;
  } catch {
    return null;
  }
}
