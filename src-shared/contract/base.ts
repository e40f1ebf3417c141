import { oc, type as typed } from '@orpc/contract';
import type { Failure } from '#shared/model/failure.ts';

/** Every procedure fails in one way: FAILED with a Failure as its data. Anything else is a bug. */
export const base = oc.errors({ FAILED: { data: typed<Failure>() } });
