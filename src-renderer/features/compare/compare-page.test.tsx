import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '@mantine/core/styles.layer.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { App } from '#renderer/app/app.tsx';
import { type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import type { CompareQuery } from '#shared/contract/compare.ts';
import type { CompareResult, SavedComparison } from '#shared/model/compare.ts';
import {
  ASK,
  MODEL_DIFFERS,
  madeExplore,
  madeGroup,
  madePhases,
  madeResult,
  madeTrend,
  VERSION_DIFFERS,
  verdictStream,
} from './testing.ts';

const GROUPS = [
  madeGroup('ollama', 120, 19_000),
  madeGroup('bedrock', 90, 12_000),
  madeGroup('k8s-inference', 4, 15_000, {
    cost_per_success: null,
    cost_at_least: 0.01,
    cost_note: 'At least $0.01: the cost of 6 of its 7 ended jobs is not known.',
    cost_known: 1,
  }),
];

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
let result: (query: CompareQuery) => CompareResult;
let gate: Promise<void>;
let saved: SavedComparison[];

function show(hash: string): void {
  engine = fakeEngine({
    'jobs.facets': () => ({
      backend_type: [
        { value: 'ollama', count: 3 },
        { value: 'bedrock', count: 2 },
      ],
    }),
    'jobs.list': () => ({ jobs: [], total: 0 }),
    'compare.measures': () => [ASK, { ...ASK, measure: 'driver.call', title: 'driver.call' }],
    'compare.run': (query: CompareQuery) => result(query),
    'compare.verdicts': (query: CompareQuery) =>
      verdictStream(result(query).groups, [...result(query).conditions, VERSION_DIFFERS], gate),
    'compare.phases': (query: CompareQuery) => madePhases(result(query).groups),
    'compare.trend': (query: CompareQuery) => madeTrend(result(query).groups),
    'compare.explore': ({ by }: { readonly by: string | null }) => madeExplore(by),
    'compare.saved.list': () => saved,
    'compare.saved.save': (one: { readonly name: string; readonly query: string }) => {
      saved = [...saved, { ...one, id: one.name, saved_at: 1_795_000_000 }];
      return saved.at(-1);
    },
    'compare.saved.remove': ({ id }: { readonly id: string }) => {
      saved = saved.filter((one) => one.id !== id);
    },
  });
  window.location.hash = hash;
  root.render(<App connection={engine.connection} />);
}
const until = (what: () => unknown): Promise<unknown> => expect.poll(what, { timeout: 8_000 }).toBeTruthy();
const text = (): string => host.textContent ?? '';
const at = (name: string): HTMLElement | null => host.querySelector(`[data-testid="${name}"]`);
const hash = (): string => decodeURIComponent(window.location.hash);
const tab = (name: string): Promise<void> => page.getByRole('tab', { name, exact: true }).click();

beforeEach(async () => {
  await page.viewport(1440, 900);
  window.localStorage.clear();
  result = () => madeResult(GROUPS, { conditions: [MODEL_DIFFERS] });
  gate = Promise.resolve();
  saved = [];
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

describe('groups side by side', () => {
  it('shows the figures at once, and the verdicts when they come, without moving anything', async () => {
    let open = (): void => {};
    gate = new Promise((done) => (open = done));
    show('#/compare');
    await until(() => at('summary')?.textContent === 'agent.ask by backend: 223 jobs in 3 groups');
    await until(() => at('conditions')?.textContent?.includes('Looking at versions'));
    await until(() => host.querySelector('.recharts-surface') !== null);
    expect(at('conditions')?.textContent).toContain('1 condition differs');
    const before = at('groups')?.getBoundingClientRect().top;
    open();
    await until(() => at('verdicts')?.querySelectorAll('li').length === 3);
    expect(at('groups')?.getBoundingClientRect().top).toBe(before);
    const verdicts = at('verdicts')?.textContent ?? '';
    expect(verdicts).toContain('ollama is 1.4 to 1.9 times slower than bedrock');
    expect(verdicts).toContain('not enough runs ~40 more');
    expect(at('conditions')?.textContent).toContain("the agent's version");
    // The gate stands above what it guards.
    const order = at('conditions')?.compareDocumentPosition(at('verdicts') as Node) ?? 0;
    expect(order & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
  });

  it('does not call better what is faster and fails more', async () => {
    result = () =>
      madeResult([
        madeGroup('k8s-inference', 80, 9_000, { failures: 20, success_rate: 0.8 }),
        madeGroup('ollama', 96, 18_000, { failures: 4, success_rate: 0.96 }),
      ]);
    show('#/compare');
    await until(() => at('verdicts')?.querySelectorAll('li').length === 1);
    const words = [...(at('verdicts')?.querySelectorAll('span[data-verdict]') ?? [])];
    expect(words.map((one) => [(one as HTMLElement).dataset.verdict, one.textContent])).toEqual([
      ['trade_off', 'better, but fails more'],
      ['worse', 'worse'],
    ]);
    expect(at('verdicts')?.textContent).toContain('k8s-inference succeeds 16 points less often than ollama.');
    expect(at('verdicts')?.textContent).toContain('of success 5.0 points');
  });

  it('goes from chart to chart with the arrow keys, and each tab names its panel', async () => {
    show('#/compare');
    await until(() => host.querySelector('.recharts-surface') !== null);
    await tab('Distribution');
    await userEvent.keyboard('{ArrowRight}');
    await until(() => hash().includes('chart=jobs'));
    const chosen = host.querySelector('[role="tab"][aria-selected="true"]');
    expect(document.activeElement).toBe(chosen);
    const panel = host.querySelector(`#${CSS.escape(chosen?.getAttribute('aria-controls') ?? '')}`);
    expect(panel?.getAttribute('role')).toBe('tabpanel');
    expect(panel?.getAttribute('aria-labelledby')).toBe(chosen?.id);
    await userEvent.keyboard('{ArrowLeft}{ArrowLeft}');
    await until(() => hash().includes('chart=trend'));
  });

  it('has a dash with its reason for what is not known, and sorts', async () => {
    show('#/compare');
    await until(() => at('groups')?.querySelectorAll('tbody tr').length === 3);
    const few = at('groups')?.querySelector('[data-group="k8s-inference"]');
    const reasons = [...(few?.querySelectorAll('td [title]') ?? [])]
      .filter((cell) => cell.textContent === '–')
      .map((cell) => cell.getAttribute('title'));
    expect(reasons).toEqual([
      '4 runs are too few for an interval; it takes 6',
      'p90 needs 36 runs with a value; there are 4.',
    ]);
    expect(few?.querySelector('td [title^="At least $0.01"]')?.textContent).toBe('≥ $0.01');
    await page.getByRole('button', { name: 'Median', exact: true }).click();
    const order = (): readonly (string | undefined)[] =>
      [...(at('groups')?.querySelectorAll<HTMLElement>('tbody tr') ?? [])].map((row) => row.dataset.group);
    await until(() => order().join() === 'ollama,k8s-inference,bedrock');
  });

  it("opens a group's percentile waterfall by key and from its menu, or says why not", async () => {
    result = () => madeResult([...GROUPS.slice(0, 2), madeGroup('crowd', 8, 9_000, { jobs: 2340 })]);
    show('#/compare');
    await until(() => at('groups')?.querySelectorAll('tbody tr').length === 3);
    await userEvent.keyboard('{Shift>}t{/Shift}');
    expect(hash()).toBe('#/compare');
    await userEvent.keyboard('jj');
    await until(() => at('groups')?.querySelector('[data-current="true"]')?.textContent?.includes('bedrock'));
    await userEvent.keyboard('{Shift>}t{/Shift}');
    await until(() => hash() === '#/bands?title=bedrock&source=own&backend=bedrock');
    window.location.hash = '#/compare';
    await page.getByRole('button', { name: 'More about ollama' }).click();
    await page.getByRole('menuitem', { name: /Percentile waterfall/ }).click();
    await until(() => hash() === '#/bands?title=ollama&source=own&backend=ollama');
    window.location.hash = '#/compare';
    await page.getByRole('button', { name: 'More about crowd' }).click();
    await until(() => document.body.textContent?.includes('It has 2,340 jobs; 1,000 can be laid over'));
    expect(page.getByRole('menuitem', { name: /Percentile waterfall/ }).element()).toHaveProperty(
      'disabled',
      true,
    );
  });

  it('compares only matched jobs, and says what that left out', async () => {
    result = ({ matched }) =>
      matched.includes('model')
        ? madeResult(GROUPS, { unmatched: 67 })
        : madeResult(GROUPS, { conditions: [MODEL_DIFFERS] });
    show('#/compare');
    await page.getByRole('button', { name: /The model differs/ }).click();
    await until(() => at('conditions')?.textContent?.includes('claude 75.0 %'));
    await page.getByRole('button', { name: 'Compare only matched: model' }).click();
    await until(() => hash() === '#/compare?matched=model');
    await until(() => text().includes('67 jobs left out'));
    await page.getByRole('button', { name: 'Matched: model ✕' }).click();
    await until(() => hash() === '#/compare');
  });

  it('draws every chart with its n and its table, and leads to the jobs', async () => {
    show('#/compare');
    for (const [name, title] of [
      ['Distribution', 'jobs take'],
      ['Every job', 'Which jobs stand out'],
      ['Effects', 'of 3 comparisons'],
      ['Where time goes', 'agent.ask takes'],
      ['Cost and speed', 'cost'],
      ['Over time', 'change over time'],
    ] as const) {
      await tab(name);
      await until(() => host.querySelector('figure h3')?.textContent?.includes(title));
      expect(host.querySelector('figure figcaption')?.textContent).toMatch(/\d/);
    }
    await userEvent.keyboard('t');
    await until(() => hash().includes('table=yes') && host.querySelector('figure table') !== null);
    await userEvent.keyboard('t');
    await tab('Success');
    await until(() => host.querySelector('svg[data-plot="rows"] [data-row="bedrock"]') !== null);
    (host.querySelector('[data-row="bedrock"]') as SVGGElement).focus();
    await userEvent.keyboard('{Enter}');
    await until(() => hash() === '#/s/own/jobs?backend=bedrock&demo=no');
  });

  it('exports a chart as a picture and its figures', async () => {
    const files: { readonly name: string; readonly size: Promise<number> }[] = [];
    const blobs = new Map<string, Blob>();
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
      const url = make(blob);
      blobs.set(url, blob as Blob);
      return url;
    };
    const click = HTMLAnchorElement.prototype.click;
    HTMLAnchorElement.prototype.click = function save(this: HTMLAnchorElement) {
      files.push({ name: this.download, size: Promise.resolve(blobs.get(this.href)?.size ?? 0) });
    };
    try {
      show('#/compare?chart=jobs');
      for (const format of [/^PNG/, /^CSV/, /^JSON/]) {
        await page.getByRole('button', { name: 'Export' }).click();
        await page.getByRole('menuitem', { name: format }).click();
      }
      await until(() => files.length === 3);
      expect(files.map(({ name }) => name).toSorted()).toEqual([
        'runescope-which-jobs-stand-out-in-agent-ask.csv',
        'runescope-which-jobs-stand-out-in-agent-ask.json',
        'runescope-which-jobs-stand-out-in-agent-ask.png',
      ]);
      for (const { size } of files) expect(await size).toBeGreaterThan(3_000);
    } finally {
      URL.createObjectURL = make;
      HTMLAnchorElement.prototype.click = click;
    }
  });

  it('keeps a comparison under a name, opens and removes it', async () => {
    show('#/compare?by=model');
    await until(() => at('summary') !== null);
    await userEvent.keyboard('{Control>}s{/Control}');
    await page.getByRole('textbox', { name: 'Name' }).fill('Models in November');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await until(() => host.querySelector('[title="Saved as Models in November"]') !== null);
    expect(saved).toMatchObject([{ query: 'by=model' }]);
    window.location.hash = '#/compare';
    await page.getByRole('button', { name: 'Saved ▾' }).click();
    await page.getByRole('menuitem', { name: /Models in November/ }).click();
    await until(() => hash() === '#/compare?by=model');
    await page.getByRole('button', { name: 'Models in November ▾' }).click();
    await page.getByRole('button', { name: 'Remove the saved comparison Models in November' }).click();
    await until(() => saved.length === 0);
  });
});

describe('what a comparison cannot say', () => {
  it('says that one group is none, and offers others', async () => {
    result = ({ by }) => madeResult(by === 'model' ? GROUPS : GROUPS.slice(0, 1));
    show('#/compare');
    await until(() => text().includes('A comparison needs two groups'));
    expect(at('verdicts')).toBeNull();
    await page.getByRole('button', { name: 'model', exact: true }).click();
    await until(() => hash() === '#/compare?by=model' && at('verdicts') !== null);
  });

  it('says why nothing is there: filters, demo jobs, nothing at all', async () => {
    result = ({ where }) => madeResult(where.demo ? GROUPS : [], { demo_left_out: where.demo ? 0 : 12 });
    show('#/compare');
    await page.getByRole('button', { name: 'Include 12 demo jobs' }).click();
    await until(() => hash() === '#/compare?demo=yes' && text().includes('measures no real model'));
    result = () => madeResult([]);
    window.location.hash = '#/compare?backend=nobody&by=agent';
    await until(() => text().includes('No job matches'));
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await until(() => text().includes('Nothing to compare yet'));
  });

  it('says what failed, with its code, and tries again', async () => {
    let failing = true;
    result = () => {
      if (failing) fail({ code: 'request.invalid', message: 'There is no such measure.' });
      return madeResult(GROUPS);
    };
    show('#/compare');
    await until(() => host.querySelector('[role="alert"]')?.textContent?.includes('request.invalid'));
    failing = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await until(() => at('summary') !== null);
  });

  it('says that a source is still being indexed, and waits with the verdicts', async () => {
    result = () => madeResult(GROUPS, { complete: false });
    show('#/compare');
    await until(() => text().includes('still being indexed'));
    await until(() => text().includes('Verdicts follow when the source is indexed.'));
    expect(engine.inputsOf('compare.verdicts')).toEqual([]);
  });

  it('shows fifty groups with long names', async () => {
    const many = Array.from({ length: 50 }, (_, i) =>
      madeGroup(`us.anthropic.claude-${'very-'.repeat(12)}long-${i}`, 8, 9_000),
    );
    result = () => madeResult(many, { baseline: many[0]?.key ?? null });
    show('#/compare?chart=jobs');
    await until(
      () =>
        at('verdicts')?.querySelectorAll('li').length !== 0 &&
        at('groups')?.querySelectorAll('tbody tr').length === 50,
    );
    await until(() => host.querySelectorAll('svg[data-plot="rows"] [data-row]').length === 50);
    const room = host.querySelector('main')?.getBoundingClientRect();
    const figure = host.querySelector('figure')?.getBoundingClientRect();
    expect(figure?.right).toBeLessThanOrEqual(room?.right ?? 0);
  });
});

it('explores a span name over time and leads to the jobs behind a group', async () => {
  show('#/compare/explore');
  await until(() => text().includes('Count of agent.ask: 240 spans'));
  await page.getByRole('combobox', { name: 'Group by' }).click();
  await page.getByRole('option', { name: 'backend', exact: true }).click();
  await until(() => hash() === '#/compare/explore?by=backend_type');
  await until(() => text().includes('480 spans'));
  await tab('p50');
  await until(() => hash().includes('show=p50'));
  await tab('p99');
  await until(() => text().includes('has enough jobs for p99'));
  await page.getByRole('button', { name: 'bedrock', exact: true }).click();
  await until(() => hash() === '#/s/own/jobs?backend=bedrock&demo=no');
});

it('is one key away', async () => {
  show('#/compare/explore');
  await until(() => text().includes('Count of agent.ask'));
  await userEvent.keyboard('gc');
  await until(() => hash().startsWith('#/compare') && !hash().includes('explore'));
});
