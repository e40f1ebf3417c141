import { describe, expect, it } from 'vitest';
import { DEFAULT_VIEW_STATE } from '#renderer/job-view/view-state.ts';
import { type JobPlace, parsePlace, writePlace } from './job-url.ts';

const read = (text: string): JobPlace => parsePlace(new URLSearchParams(text));

describe('a link to a job', () => {
  it('without anything more shows all of it', () => {
    expect(read('')).toEqual({ span: null, tab: null, view: DEFAULT_VIEW_STATE });
    expect(writePlace(read('')).toString()).toBe('');
  });

  it('brings back the span, the tab, the zoom and the search', () => {
    const place: JobPlace = {
      span: '0123456789abcdef',
      tab: 'request',
      view: {
        ...DEFAULT_VIEW_STATE,
        range: { startUs: 1_200, endUs: 3_400 },
        query: 'driver call',
        criticalPath: false,
      },
    };
    expect(read(writePlace(place).toString())).toEqual(place);
  });

  it('leaves out what has no meaning', () => {
    expect(read('span=xyz&tab=nope&t=9-3')).toEqual(read(''));
  });
});
