import { RENTAL_STATES, type RentalState } from '#shared/model/rentals.ts';

/** What may happen to a rental, named as the ledger's calls. */
export const RENTAL_EVENTS = [
  'created',
  'refused',
  'running',
  'ready',
  'keep',
  'claim',
  'closing',
  'gone',
] as const;
export type RentalEvent = (typeof RENTAL_EVENTS)[number];

const ENDS = { closing: 'closing', gone: 'gone' } as const;

/**
 * `closing` and `gone` come from everywhere, and out of `closing` nothing leads back into use. A contract that turns up
 * after its attempt was given up is to be destroyed. A claimed one runs until its backend has answered the new job.
 */
const NEXT: { readonly [S in RentalState]: { readonly [E in RentalEvent]?: RentalState } } = {
  intent: { ...ENDS, created: 'created', refused: 'refused' },
  created: { ...ENDS, created: 'created', running: 'running', ready: 'ready' },
  running: { ...ENDS, running: 'running', ready: 'ready', keep: 'kept' },
  ready: { ...ENDS, ready: 'ready', keep: 'kept' },
  kept: { ...ENDS, keep: 'kept', claim: 'running' },
  closing: { ...ENDS, created: 'closing', refused: 'refused' },
  gone: { ...ENDS, created: 'closing' },
  refused: { ...ENDS, created: 'closing', refused: 'refused' },
};

/** The state after `event`, or null where `state` does not allow it. */
export const rentalAfter = (state: RentalState, event: RentalEvent): RentalState | null =>
  NEXT[state][event] ?? null;

/** Nothing of it is on the market, as far as is known. */
export const isOver = (state: RentalState): boolean => state === 'gone' || state === 'refused';

export const OPEN_STATES: readonly RentalState[] = RENTAL_STATES.filter((state) => !isOver(state));
