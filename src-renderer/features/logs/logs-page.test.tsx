import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { App } from '#renderer/app/app.tsx';
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import type { LogQuery } from '#shared/contract/http.ts';
import type { LogLine } from '#shared/model/logs.ts';
import { answerLogs, madeLine } from './testing.ts';

const JOB = '6f0c2a3e-0000-4000-8000-000000000001';
const SPAN = '00f067aa0ba902b7';
let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
let kept: LogLine[];

function show(hash: string, answers: Answers = {}): void {
  engine = fakeEngine({
    'logs.list': (query: LogQuery) => answerLogs(kept, query),
    'offers.rentals': () => fail({ code: 'internal', message: 'Not here.' }),
    ...answers,
  });
  window.location.hash = hash;
  root.render(<App connection={engine.connection} />);
}
const until = (what: () => unknown): Promise<unknown> => expect.poll(what, { timeout: 8_000 }).toBeTruthy();
const grid = (): HTMLElement | null => host.querySelector('[role="grid"][aria-label="Log lines"]');
const seqs = (): readonly number[] =>
  [...host.querySelectorAll<HTMLElement>('[data-seq]')]
    .map((row) => Number(row.dataset.seq))
    .sort((a, b) => a - b);
const row = (seq: number): HTMLElement | null => host.querySelector(`[data-seq="${seq}"]`);
const detail = (): string => host.querySelector('[aria-label="Log line"]')?.textContent ?? '';
const footer = (): string => host.querySelector('footer')?.textContent ?? '';
const hash = (): string => decodeURIComponent(window.location.hash);
const add = (n: number, part: Partial<LogLine> = {}): void => {
  const from = (kept.at(-1)?.seq ?? 0) + 1;
  kept.push(...Array.from({ length: n }, (_, i) => madeLine({ ...part, seq: from + i })));
};
const atEnd = (): boolean => {
  const element = grid();
  return element !== null && element.scrollHeight - element.clientHeight - element.scrollTop < 24;
};

beforeEach(async () => {
  await page.viewport(1440, 900);
  window.localStorage.clear();
  kept = [];
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0';
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  engine.connection.dispose();
  host.remove();
  window.location.hash = '';
});

describe('the log', () => {
  it('opens at its newest line, by key, and has its place in the rail', async () => {
    add(700);
    show('#/archive/journal');
    await until(() => host.querySelector('nav[aria-label="Views"]') !== null);
    await userEvent.keyboard('gl');
    await until(() => hash() === '#/logs' && seqs().includes(700));
    expect(host.querySelector('nav [aria-current="page"]')?.textContent).toBe('Logs');
    expect(atEnd()).toBe(true);
    expect(seqs().length).toBeLessThan(80);
    expect(footer()).toContain('500 lines');
    expect(footer()).toContain('older ones match');
  });

  it('is followed, and carries nobody off who reads further up', async () => {
    add(300);
    show('#/logs');
    await until(() => seqs().includes(300));
    add(5);
    await until(() => seqs().includes(305) && atEnd());
    await page.viewport(1440, 500);
    await until(() => (grid()?.clientHeight ?? 900) < 500 && atEnd());
    await page.viewport(1440, 900);
    grid()?.scrollTo({ top: 1200 });
    await until(() => seqs().includes(60) && !seqs().includes(305));
    const top = grid()?.scrollTop;
    add(2);
    await until(() => host.textContent?.includes('2 new lines'));
    expect(grid()?.scrollTop).toBe(top);
    await page.getByRole('button', { name: '2 new lines' }).click();
    await until(() => seqs().includes(307) && atEnd());
    expect(host.textContent).not.toContain('new line');
  });

  it('is let alone when it is not followed, and the link says so', async () => {
    add(3);
    show('#/logs');
    await until(() => seqs().length === 3);
    await userEvent.keyboard('f');
    await until(() => hash().includes('follow=off'));
    const asked = engine.inputsOf('logs.list').length;
    add(1);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(engine.inputsOf('logs.list')).toHaveLength(asked);
    expect(seqs()).toEqual([1, 2, 3]);
    await userEvent.keyboard('f');
    await until(() => seqs().includes(4));
  });

  it('reads what is older when its top comes near, and stays where it was', async () => {
    add(900);
    show('#/logs');
    await until(() => seqs().includes(900));
    grid()?.scrollTo({ top: 0 });
    await until(() => footer().includes('900 lines'));
    expect(engine.inputsOf('logs.list')).toContainEqual(expect.objectContaining({ before_seq: 401 }));
    await until(() => seqs().includes(401));
    expect(grid()?.scrollTop).toBe(400 * 24);
    expect(footer()).not.toContain('older ones');
  });
});

describe('its filters', () => {
  it('are the engine’s, and stand in the link', async () => {
    add(4);
    add(1, { level: 'warn', event: 'job.failed', message: 'It broke.' });
    add(2, { event: 'http.request' });
    show('#/logs');
    await until(() => seqs().length === 7);
    await userEvent.keyboard('3');
    await until(() => hash().includes('level=warn') && seqs().join() === '5');
    await userEvent.keyboard('1');
    await page.getByRole('combobox', { name: 'Event' }).click();
    await page.getByRole('option', { name: /^http\.\*/ }).click();
    await until(() => hash().includes('event=http.*') && seqs().join() === '6,7');
    await page.getByRole('textbox', { name: 'Search the log' }).fill('nothing');
    await until(() => host.textContent?.includes('No line matches'));
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await until(() => seqs().length === 7 && hash() === '#/logs');
  });

  it('of a link are shown, and taken away one by one', async () => {
    add(2);
    add(2, { job_id: JOB });
    show(`#/logs?job=${JOB}&since=1h`, {
      'logs.list': (query: LogQuery) => answerLogs(kept, { ...query, from: 0 }),
    });
    await until(() => seqs().join() === '3,4');
    const [asked] = engine.inputsOf('logs.list') as readonly LogQuery[];
    expect(asked?.from).toBeGreaterThan(Date.now() / 1000 - 3_700);
    await page.getByRole('button', { name: 'Lines of every job' }).click();
    await until(() => seqs().join() === '1,2,3,4');
    expect(hash()).toBe('#/logs?since=1h');
  });
});

describe('a line', () => {
  it('is picked by key, shown whole, and leads to its span', async () => {
    add(2);
    add(1, {
      job_id: JOB,
      span_id: SPAN,
      event: 'span.failed',
      message: 'backend.warmup failed.',
      fields: { span: 'backend.warmup', duration_ms: 2.5, host: null },
    });
    show('#/logs');
    await until(() => seqs().length === 3);
    expect(row(3)?.textContent).toContain('span=backend.warmup duration_ms=2.5');
    expect(row(3)?.querySelector('a')?.getAttribute('href')).toContain(`${JOB}?span=${SPAN}`);
    await userEvent.keyboard('k');
    await until(() => hash().includes('line=3') && detail().includes('backend.warmup failed.'));
    expect(detail()).toContain('hostnull');
    expect(row(3)?.getAttribute('aria-selected')).toBe('true');
    expect(grid()?.getAttribute('aria-activedescendant')).toBe(row(3)?.id);
    await page.getByRole('button', { name: 'Only this event' }).click();
    await until(() => hash().includes('event=span.failed') && seqs().join() === '3');
    await userEvent.keyboard('{Escape}');
    await until(() => !hash().includes('line=') && detail() === '');
    row(3)?.click();
    await until(() => detail() !== '');
    await userEvent.keyboard('o');
    await until(() => hash() === `#/s/own/jobs/${JOB}?span=${SPAN}`);
  });

  it('of a link is shown although it is older than what is read', async () => {
    add(1, { message: 'The first of all.' });
    add(600);
    show('#/logs?line=1');
    await until(() => detail().includes('The first of all.'));
    expect(engine.inputsOf('logs.list')).toContainEqual({ after_seq: 0, before_seq: 2, limit: 1 });
    expect(footer()).toContain('not among those');
  });
});

describe('trouble', () => {
  it('is said with its code, and the log is read anew on demand', async () => {
    let broken = true;
    add(1);
    show('#/logs', {
      'logs.list': (query: LogQuery) =>
        broken
          ? fail({ code: 'store.unreadable', message: 'The store cannot be read.' })
          : answerLogs(kept, query),
    });
    await until(() => host.querySelector('[role="alert"]')?.textContent?.includes('store.unreadable'));
    broken = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await until(() => seqs().length === 1);
    broken = true;
    await until(() => footer().includes('not up to date: The store cannot be read.'));
    broken = false;
    await until(() => !footer().includes('not up to date'));
    expect(seqs()).toEqual([1]);
  });

  it('of having nothing yet says what will be here', async () => {
    show('#/logs');
    await until(() => host.textContent?.includes('Nothing was logged yet'));
    add(1);
    await until(() => seqs().length === 1);
  });
});
