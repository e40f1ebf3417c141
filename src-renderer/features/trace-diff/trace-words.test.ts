import { describe, expect, it } from 'vitest';
import { deltaText } from '#renderer/job-view/steps/diff-steps.ts';
import type { BandRow, TraceBands } from '#shared/model/compare.ts';
import { buildTrace } from '#shared/model/trace-build.ts';
import { diffTraces } from '#shared/model/trace-diff.ts';
import { bandsCsv } from './bands-csv.ts';
import { leftOutSentence } from './bands-words.ts';
import { differenceSentence, explainedParts, explanation } from './diff-words.ts';

const ROOT = {
  parent_span_id: null,
  name: 'job',
  duration_us: 1e6,
  event_id: 1,
  flags: 0,
  label: '',
  call: null,
};

/** One root with steps of these seconds, one after another. */
const job = (steps: Readonly<Record<string, number>>) => {
  let at = 0;
  const whole = Object.values(steps).reduce((sum, s) => sum + s, 0);
  const span = (i: number, parent: string | null, name: string, from: number, s: number) => ({
    span_id: i.toString(16).padStart(16, '0'),
    parent_span_id: parent,
    name,
    start_us: 1e15 + from * 1e6,
    duration_us: s * 1e6,
    event_id: i,
    flags: 0,
    label: '',
    call: null,
  });
  return buildTrace([
    span(1, null, 'job', 0, whole),
    ...Object.entries(steps).map(([name, s], i) => {
      at += s;
      return span(i + 2, '1'.padStart(16, '0'), name, at - s, s);
    }),
  ]);
};

describe('the words of a trace diff', () => {
  it('name the largest steps, put small ones together, and sum to the whole', () => {
    const diff = diffTraces(
      job({ ask: 5, load: 2, stop: 0.4, x: 1, y: 1 }),
      job({ ask: 14.94, load: 5.5, stop: 0.9, x: 1.04, y: 1.02 }),
    );
    expect(differenceSentence(diff)).toBe('B took 14.0 s longer than A: 23.4 s against 9.40 s.');
    expect(explanation(diff)).toBe('job/ask explains 71.0 % of the 14.0 s difference');
    const parts = explainedParts(diff);
    expect(parts.map(({ name }) => name)).toEqual(['job/ask', 'job/load', '3 other steps']);
    expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  });

  it('say it when a step ran against the difference, and when there is none', () => {
    const diff = diffTraces(job({ ask: 1, load: 9 }), job({ ask: 5, load: 8 }));
    expect(explainedParts(diff).map(({ name, share }) => [name, Math.round(share * 100)])).toEqual([
      ['job/ask', 133],
      ['job/load', -33],
    ]);
    const same = diffTraces(job({ ask: 1 }), job({ ask: 1 }));
    expect(differenceSentence(same)).toBe('A and B took the same time, 1.00 s.');
    expect(explainedParts(same)).toEqual([]);
  });

  it('name what lies between steps', () => {
    const roots = (gap: number) =>
      buildTrace([1, 2].map((i) => ({ ...ROOT, span_id: String(i).padStart(16, '0'), start_us: i * gap })));
    const diff = diffTraces(roots(2e6), roots(5e6));
    expect(explainedParts(diff)).toEqual([{ row: null, name: 'the rest, between steps', us: 3e6, share: 1 }]);
    expect(explanation(diff)).toBe('No single step explains it');
  });

  it('agree on what is no difference: what no clock can read', () => {
    const near = diffTraces(job({ ask: 1 }), job({ ask: 1.000_001 }));
    expect(differenceSentence(near)).toBe('A and B took the same time, 1.00 s.');
    expect(explainedParts(near)).toEqual([]);
    expect(deltaText(near.durationDeltaUs[0] ?? Number.NaN)).toEqual({ shape: '=', figure: '0 ms' });
    expect(deltaText(-2000)).toEqual({ shape: '▼', figure: '−2.00 ms' });
  });
});

describe('the words of percentile bands', () => {
  const row: BandRow = {
    path: '=job,"x"',
    name: '=job,"x"',
    depth: 0,
    parent: -1,
    n: 2,
    errors: 1,
    start: [0, 0.5, 1],
    duration: [10, 20, 30],
    slowest: { source: 'own', job_id: 'j', span_id: '00000000000000aa', duration_ms: 30 },
  };
  const bands: TraceBands = {
    rows: [row],
    jobs: 2,
    left_out: 1,
    duplicates: 0,
    rows_left_out: 7,
    took_ms: 1,
  };

  it('are a line a step as CSV, with nothing a spreadsheet would run', () => {
    expect(bandsCsv(bands).split('\r\n')[1]).toBe(
      `"'=job,""x""",0,2,1,0,0.5,1,10,20,30,30,own,j,00000000000000aa`,
    );
  });

  it('say what is not in the picture', () => {
    expect(leftOutSentence(bands, 5000)).toBe(
      'The newest 3 of 5,000 jobs were taken. 1 job left out: without spans, gone, or too large to align. 7 steps of the fewest jobs are not shown.',
    );
    expect(leftOutSentence({ ...bands, left_out: 0, rows_left_out: 0 }, 2)).toBe('');
    // What is in two sources is not taken for what was too much.
    expect(leftOutSentence({ ...bands, left_out: 0, rows_left_out: 0, duplicates: 1 }, 3)).toBe(
      '1 job in two sources counted once.',
    );
  });
});
