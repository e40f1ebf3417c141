import { describe, expect, it } from 'vitest';
import {
  EVENT_GROUPS,
  isNarrowed,
  meaningOf,
  NO_FILTERS,
  parseView,
  wantedOf,
  writeView,
} from './logs-url.ts';

const roundTrip = (query: string): string => writeView(parseView(new URLSearchParams(query))).toString();

describe('the link of the log view', () => {
  it('holds the whole view, and nothing where nothing is chosen', () => {
    const query =
      'level=warn&event=job.*&q=time+out&from=100&to=200.5&job=j1&tenant=acme&follow=off&line=812';
    expect(roundTrip(query)).toBe(new URLSearchParams(query).toString());
    expect(roundTrip('')).toBe('');
    expect(roundTrip('since=24h&from=1&to=2')).toBe('since=24h');
  });

  it('leaves out what has no meaning', () => {
    expect(roundTrip(`level=loud&since=9y&from=soon&line=-4&job=${'x'.repeat(200)}`)).toBe('');
    expect(roundTrip('line=1.5')).toBe('');
  });

  it('asks the engine for a period that moves, or for fixed times', () => {
    expect(wantedOf(parseView(new URLSearchParams('since=1h&event=http.*')))).toEqual({
      level: 'debug',
      event: 'http.*',
      since_s: 3600,
    });
    expect(wantedOf(parseView(new URLSearchParams('from=5&to=9&q=%20')))).toEqual({
      level: 'debug',
      from: 5,
      to: 9,
    });
  });

  it('tells a filter from what is only shown', () => {
    expect(isNarrowed({ ...NO_FILTERS, follow: false, line: 3 })).toBe(false);
    expect(isNarrowed({ ...NO_FILTERS, level: 'info' })).toBe(true);
    expect(isNarrowed({ ...NO_FILTERS, job: 'j' })).toBe(true);
  });
});

describe('the events', () => {
  it('stand by who speaks, all of a part first', () => {
    const job = EVENT_GROUPS.find(({ group }) => group === 'job');
    expect(job?.items[0]).toBe('job.*');
    expect(job?.items).toContain('job.failed');
    expect(meaningOf('job.failed')).toContain('ended without');
    expect(meaningOf('no.such')).toBe('');
  });
});
