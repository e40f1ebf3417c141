import { describe, expect, it } from 'vitest';
import { RENTAL_STATES } from '#shared/model/rentals.ts';
import { isOver, OPEN_STATES, RENTAL_EVENTS, rentalAfter } from './rental-machine.ts';

describe('the rental machine', () => {
  it('goes from the intent to gone', () => {
    expect(rentalAfter('intent', 'created')).toBe('created');
    expect(rentalAfter('created', 'running')).toBe('running');
    expect(rentalAfter('running', 'ready')).toBe('ready');
    expect(rentalAfter('ready', 'closing')).toBe('closing');
    expect(rentalAfter('closing', 'gone')).toBe('gone');
  });

  it('keeps a ready one, and gives it to the next job, which may give it back', () => {
    expect(rentalAfter('ready', 'keep')).toBe('kept');
    expect(rentalAfter('kept', 'claim')).toBe('running');
    expect(rentalAfter('running', 'keep')).toBe('kept');
  });

  it('closes, and sees gone, from everywhere', () => {
    for (const state of RENTAL_STATES) {
      expect(rentalAfter(state, 'closing')).toBe('closing');
      expect(rentalAfter(state, 'gone')).toBe('gone');
    }
  });

  it('has no way from closing, gone or refused back into use', () => {
    const seen = new Set(['closing', 'gone', 'refused'] as const);
    for (const state of seen) {
      for (const event of RENTAL_EVENTS) {
        const next = rentalAfter(state, event);
        if (next !== null) expect([...seen]).toContain(next);
      }
    }
  });

  it('takes a contract that turns up late for one that is to be destroyed', () => {
    expect(rentalAfter('refused', 'created')).toBe('closing');
    expect(rentalAfter('gone', 'created')).toBe('closing');
    expect(rentalAfter('closing', 'created')).toBe('closing');
  });

  it('refuses only what has no contract yet, and claims only what is kept', () => {
    const from = (event: 'refused' | 'claim') =>
      RENTAL_STATES.filter((state) => rentalAfter(state, event) !== null);
    expect(from('refused')).toEqual(['intent', 'closing', 'refused']);
    expect(from('claim')).toEqual(['kept']);
  });

  it('knows what is over', () => {
    expect(OPEN_STATES).toEqual(['intent', 'created', 'running', 'ready', 'kept', 'closing']);
    expect(RENTAL_STATES.filter(isOver)).toEqual(['gone', 'refused']);
  });
});
