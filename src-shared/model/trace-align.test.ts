import { describe, expect, it } from 'vitest';
import { StepAlignment, stepName, stepPath } from './trace-align.ts';
import { buildTrace, type TraceSpan } from './trace-build.ts';
import type { TraceColumns } from './trace-columns.ts';

/** A name a line, indented under its parent; a column is a microsecond of start, so that order is that of lines. */
function outline(picture: string): TraceColumns {
  const path: { indent: number; id: string }[] = [];
  const spans = picture
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, i): TraceSpan => {
      const indent = line.search(/\S/);
      while ((path.at(-1)?.indent ?? -1) >= indent) path.pop();
      const parent = path.at(-1)?.id ?? null;
      const id = (i + 1).toString(16).padStart(16, '0');
      path.push({ indent, id });
      return {
        span_id: id,
        parent_span_id: parent,
        name: line.trim(),
        start_us: 1_000_000 + i,
        duration_us: 1000 - i,
        event_id: i,
        flags: 0,
        label: '',
        call: null,
      };
    });
  return buildTrace(spans);
}

function aligned(...pictures: readonly string[]): string[] {
  const alignment = new StepAlignment();
  const of = pictures.map((picture) => alignment.add(outline(picture)));
  const { steps, placeOf } = alignment.finish();
  const spans = of.map((stepOf) => new Map([...stepOf].map((step, span) => [placeOf[step], span])));
  return Array.from(
    { length: steps.count },
    (_, i) =>
      `${'  '.repeat(steps.depth[i] as number)}${stepName(steps, i)} ${spans.map((map) => map.get(i) ?? '-').join(' ')}`,
  );
}

describe('alignment of traces', () => {
  it('is by path of names and place among equal siblings', () => {
    const a = `
job
  ask
    call
    call
  stop`;
    const b = `
job
  ask
    load
    call
  stop`;
    expect(aligned(a, b)).toEqual([
      'job 0 0',
      '  ask 1 1',
      '    load - 2',
      '    call 2 3',
      '    call[2] 3 -',
      '  stop 4 4',
    ]);
  });

  it('keeps equal names under different parents apart, and roots too', () => {
    expect(aligned('x\n  call\ny\n  call', 'y\n  call')).toEqual([
      'x 0 -',
      '  call 1 -',
      'y 2 0',
      '  call 3 1',
    ]);
  });

  it('puts what only the second has after what it follows there, nested and at the end', () => {
    expect(aligned('job\n  a\n  z', 'job\n  a\n    deep\n  b\n  c\n  z\n  end\nother')).toEqual([
      'job 0 0',
      '  a 1 1',
      '    deep - 2',
      '  b - 3',
      '  c - 4',
      '  z 2 5',
      '  end - 6',
      'other - 7',
    ]);
  });

  it('aligns empty traces and many', () => {
    expect(aligned('', '')).toEqual([]);
    expect(aligned('job\n  a', '', 'job\n  a\n  a', 'job\n  b')).toEqual([
      'job 0 - 0 0',
      '  b - - - 1',
      '  a 1 - 1 -',
      '  a[2] - - 2 -',
    ]);
  });

  it('numbers each trace anew and says subtrees and paths', () => {
    const alignment = new StepAlignment();
    alignment.add(outline('job\n  a\n    b\n    b\n  c'));
    alignment.add(outline('job\n  a\n    b'));
    const { steps } = alignment.finish();
    expect([...steps.subtreeEnd]).toEqual([5, 4, 3, 4, 5]);
    expect(stepPath(steps, 3)).toBe('job/a/b[2]');
    expect(stepPath(steps, 3, 2)).toBe('a/b[2]');
  });

  it('aligns two traces of 100,000 spans, one level and one chain as quickly', () => {
    const wide = (n: number): TraceColumns =>
      outlineOf(
        n,
        (i) => (i === 0 ? null : 0),
        (i) => `step.${i % 50}`,
      );
    const deep = outlineOf(
      60_000,
      (i) => (i === 0 ? null : i - 1),
      () => 'level',
    );
    const started = performance.now();
    const alignment = new StepAlignment();
    alignment.add(wide(100_000));
    alignment.add(wide(99_000));
    expect(alignment.finish().steps.count).toBe(100_000);
    const chains = new StepAlignment();
    chains.add(deep);
    chains.add(deep);
    const { steps } = chains.finish();
    expect(steps.count).toBe(60_000);
    expect(stepPath(steps, 59_999).length).toBeLessThan(1000);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

function outlineOf(
  n: number,
  parentOf: (i: number) => number | null,
  nameOf: (i: number) => string,
): TraceColumns {
  const id = (i: number): string => (i + 1).toString(16).padStart(16, '0');
  return buildTrace(
    Array.from({ length: n }, (_, i) => {
      const parent = parentOf(i);
      return {
        span_id: id(i),
        parent_span_id: parent === null ? null : id(parent),
        name: nameOf(i),
        start_us: 1_000_000 + i,
        duration_us: 2 * n - 2 * i,
        event_id: i,
        flags: 0,
        label: '',
        call: null,
      };
    }),
  );
}
