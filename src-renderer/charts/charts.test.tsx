import { MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { ChartFrame } from './chart-frame.tsx';
import type { ChartTable } from './chart-table.ts';
import { CostChart } from './cost-chart.tsx';
import { costPlot } from './cost-data.ts';
import { EcdfChart } from './ecdf-chart.tsx';
import { pictureOf } from './export-png.ts';
import { PhasesChart } from './phases-chart.tsx';
import { phaseBars } from './phases-data.ts';
import { RatesChart } from './rates-chart.tsx';
import { TableBehind } from './table-behind.tsx';
import { ASK, groupOf } from './testing.ts';
import { TimeChart } from './time-chart.tsx';

let root: Root;
let host: HTMLElement;
let opened: string[];
const open = (key: string): void => void opened.push(key);

beforeEach(async () => {
  await page.viewport(1000, 700);
  opened = [];
  host = document.createElement('div');
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  host.remove();
});

async function show(view: ReactNode, ready = 'svg'): Promise<void> {
  root.render(<MantineProvider>{view}</MantineProvider>);
  await expect.poll(() => host.querySelector(ready)).not.toBeNull();
}
const groups = [
  groupOf('ollama', [100, 200, 300, 400], { cost_per_success: 0.02, cost_note: null, cost_known: 4 }),
  groupOf('bedrock', [50, 60, 70], { failures: 1, cost_per_success: 0.05, cost_note: null, cost_known: 4 }),
];
const bucket = (from: number, n: number) => ({ from, to: from + 100, value: n, low: null, high: null, n });

describe('marks', () => {
  it.each([
    [
      'a row',
      /^bedrock: 75\.0 % of 4 jobs/,
      <RatesChart key="r" groups={groups} width={800} onGroup={open} />,
    ],
    [
      'a name at the end of a curve',
      /^bedrock, n 3/,
      <EcdfChart key="e" groups={groups} measure={ASK} log={false} width={800} onGroup={open} />,
    ],
    [
      'a place by cost and speed',
      /^bedrock: median 60\.0 ms/,
      <CostChart key="c" plot={costPlot(groups, ASK)} measure={ASK} log={false} width={800} onGroup={open} />,
    ],
    [
      'a span of time',
      /: ollama 3, n 3; bedrock 4, n 4\. Shows the jobs\.$/,
      <TimeChart
        key="t"
        series={[
          { key: 'ollama', points: [bucket(0, 3), bucket(100, 0)] },
          { key: 'bedrock', points: [bucket(0, 4), bucket(100, 0)] },
        ]}
        unit="count"
        axis="count"
        kind="bars"
        log={false}
        width={800}
        onBucket={({ from }) => open(from === 0 ? 'bedrock' : 'another')}
      />,
    ],
  ] as const)('%s is a button with its words: Enter and Space open it', async (_, name, chart) => {
    await show(chart, '[role="button"]');
    const marks = [...host.querySelectorAll<SVGGElement>('[role="button"]')].filter((mark) =>
      name.test(mark.getAttribute('aria-label') ?? ''),
    );
    expect(marks).toHaveLength(1);
    marks[0]?.focus();
    expect(document.activeElement).toBe(marks[0]);
    await userEvent.keyboard('{Enter}');
    await userEvent.keyboard(' ');
    await userEvent.keyboard('x');
    expect(opened).toEqual(['bedrock', 'bedrock']);
  });
});

describe('the table behind a chart', () => {
  const table: ChartTable = {
    columns: [
      { id: 'job', title: 'Job' },
      { id: 'ms', title: 'Took', format: (value) => `${value} ms` },
    ],
    rows: Array.from({ length: 600 }, (_, i) => [`job-${i}`, i === 1 ? null : i]),
    links: Array.from({ length: 600 }, (_, i) => (i === 0 ? null : `#/jobs/${i}`)),
  };
  it('has the first 500 rows from the first on, says so, links them, and is reached by keyboard', async () => {
    await show(<TableBehind table={table} title="Jobs" />, 'table');
    const rows = [...host.querySelectorAll('tbody tr')];
    expect(rows).toHaveLength(500);
    expect(rows.slice(0, 3).map((row) => row.textContent)).toEqual(['job-00 ms', 'job-1–', 'job-22 ms']);
    expect(rows.slice(0, 2).map((row) => row.querySelector('a')?.getAttribute('href'))).toEqual([
      undefined,
      '#/jobs/1',
    ]);
    expect(host.textContent).toContain('500 of 600 rows');
    await userEvent.tab();
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Figures: Jobs');
  });
  it('is saved whole as CSV and JSON', async () => {
    const saved: (readonly [string, Promise<string>])[] = [];
    await show(
      <ChartFrame
        title="Who is first?"
        note="n 600"
        summary=""
        table={table}
        outlets={{
          onSave: (name, content) => void saved.push([name, content.text()]),
          onCopyLink: () => Promise.resolve(true),
          asTable: true,
          onTable: () => {},
        }}
      >
        {() => null}
      </ChartFrame>,
      'table',
    );
    for (const format of [/^CSV/, /^JSON/]) {
      await page.getByRole('button', { name: 'Export' }).click();
      await page.getByRole('menuitem', { name: format }).click();
    }
    expect(saved.map(([name]) => name)).toEqual([
      'runescope-who-is-first.csv',
      'runescope-who-is-first.json',
    ]);
    const [csv = '', json = ''] = await Promise.all(saved.map(([, content]) => content));
    expect(csv.split('\r\n').slice(0, 3)).toEqual(['job,ms', 'job-0,0', 'job-1,']);
    expect(csv.split('\r\n')).toHaveLength(602);
    expect(JSON.parse(json)).toMatchObject({ title: 'Who is first?', note: 'n 600' });
  });
});

describe('the picture of a chart', () => {
  /** How many pixels have a colour, give or take what antialiasing does. */
  async function pixels(picture: Blob, colour: readonly [number, number, number]): Promise<number> {
    const bitmap = await createImageBitmap(picture);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    const data = context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? [];
    let found = 0;
    for (let i = 0; i < data.length; i += 4)
      if (colour.every((part, k) => Math.abs(part - (data[i + k] ?? -99)) <= 2)) found++;
    return found;
  }
  const rgb = (token: string): [number, number, number] => {
    const hex = getComputedStyle(document.documentElement).getPropertyValue(token).trim();
    const part = (from: number): number => Number.parseInt(hex.slice(from, from + 2), 16);
    return [part(1), part(3), part(5)];
  };

  it('has the colours of the page, and the legend', async () => {
    const { phases, bars } = phaseBars({
      names: ['agent.ask', 'backend.warmup'],
      groups: [{ key: 'ollama', n: 3, own_ms: [990, 11], rest_ms: 0 }],
      note: null,
    });
    await show(
      <div id="chart">
        <PhasesChart phases={phases} bars={bars} width={800} onGroup={open} />
      </div>,
    );
    const chart = host.querySelector<HTMLElement>('#chart');
    if (chart === null) throw new Error('There is no chart.');
    const words = { title: 'Where does the time go?', note: 'n 3' };
    const picture = await pictureOf(chart, words);
    expect(await pixels(picture, rgb('--series-1'))).toBeGreaterThan(10_000);
    expect(await pixels(picture, rgb('--text'))).toBeGreaterThan(100);
    const legend = host.querySelector('svg[data-plot="legend"]');
    expect(legend?.textContent).toBe('agent.askbackend.warmup');
    legend?.remove();
    const swatch = rgb('--series-2');
    const without = await pixels(await pictureOf(chart, words), swatch);
    // 14 by 8 px, at twice the size.
    expect((await pixels(picture, swatch)) - without).toBeGreaterThan(350);
  });
});
