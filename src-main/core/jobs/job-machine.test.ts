import { describe, expect, it } from 'vitest';
import { JOB_STATUSES, TERMINAL_STATUSES } from '#shared/model/job.ts';
import { type JobEvent, statesBefore, transition } from './job-machine.ts';

const EVENTS: readonly JobEvent[] = ['start', 'succeed', 'fail', 'cancel'];

describe('the job machine', () => {
  it('runs a job from queued over running to each of its three ends', () => {
    expect(transition('queued', 'start')).toBe('running');
    expect(transition('running', 'succeed')).toBe('succeeded');
    expect(transition('running', 'fail')).toBe('failed');
    expect(transition('running', 'cancel')).toBe('cancelled');
  });

  it('cancels and fails a job that never ran, but cannot make it succeed', () => {
    expect(transition('queued', 'cancel')).toBe('cancelled');
    expect(transition('queued', 'fail')).toBe('failed');
    expect(transition('queued', 'succeed')).toBeNull();
  });

  it('never leaves a terminal state', () => {
    for (const state of TERMINAL_STATUSES) {
      for (const event of EVENTS) expect(transition(state, event)).toBeNull();
    }
  });

  it('names exactly the states an event may leave', () => {
    for (const event of EVENTS) {
      expect(statesBefore(event)).toEqual(JOB_STATUSES.filter((state) => transition(state, event) !== null));
    }
  });
});
