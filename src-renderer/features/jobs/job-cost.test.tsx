import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { MantineProvider } from '@mantine/core';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import { ApiProvider, createQueryClient } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { type FakeEngine, fakeEngine } from '#renderer/client/testing.ts';
import type { BudgetStatus } from '#shared/model/costs.ts';
import type { JobDetail, JsonObject } from '#shared/model/job.ts';
import { AnswerPane } from './answer-pane.tsx';
import { BOARD_COLUMNS } from './board-columns.tsx';
import { JobFacts } from './job-facts.tsx';
import { tokenEstimate } from './testing.ts';

const JOB: JobDetail = {
  job_id: '00000000-0000-4000-a000-000000000001',
  tenant_id: 'default',
  kind: 'benchmark',
  status: 'succeeded',
  demo: false,
  agent: 'prompt',
  backend_type: 'bedrock',
  provider_type: 'existing',
  model: 'claude',
  question: null,
  message: null,
  error_code: null,
  created_at: 1_795_000_000,
  started_at: 1_795_000_001,
  finished_at: 1_795_000_005,
  updated_at: 1_795_000_005,
  queue_ms: 1000,
  duration_ms: 4000,
  estimate_usd: 8.2,
  cost_usd: 9.184,
  tokens_total: 2500,
  span_count: 4,
  error_count: 0,
  suspected_failure: false,
  request: {},
  result: { metadata: { cost_basis: 'reported-tokens' } },
  error: null,
  estimate: { ...tokenEstimate() } as unknown as JsonObject,
  artifacts: [],
  spans_recorded: true,
  notes: [],
};
const cost = BOARD_COLUMNS.find((column) => column.id === 'cost');

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;

function show(part: Partial<JobDetail>, budget: Partial<BudgetStatus> = {}): void {
  const job = { ...JOB, ...part };
  const none = { day_usd: null, job_usd: null, spent_today_usd: 0.42, committed_usd: 0 };
  engine = fakeEngine({ 'costs.budget': () => ({ ...none, ...budget }) });
  root.render(
    <MantineProvider>
      <ApiProvider connection={engine.connection} queryClient={createQueryClient()}>
        <JobFacts job={job} />
        <div data-testid="board">{cost?.cell(job)}</div>
        <AnswerPane job={job} />
      </ApiProvider>
    </MantineProvider>,
  );
}
/** What stands in the line of facts under a name. */
const says = (name: string, words: string) =>
  expect
    .poll(() => {
      const term = [...host.querySelectorAll('dt')].find((one) => one.textContent === name);
      return term?.nextElementSibling?.textContent;
    })
    .toBe(words);

beforeEach(() => {
  host = document.createElement('div');
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  host.remove();
  engine.connection.dispose();
});

describe('what a job cost against what was said', () => {
  it('carries the basis of the one and the interval and confidence of the other', async () => {
    show({});
    await says('cost', '$9.18 reported tokens × book price of 2026-10');
    await says(
      'estimate',
      '$8.20 (12.0 % over), $4.10 to $12.40 at 80 %, confidence 41.3 %' +
        'Tokens: our default, as there is no history yet (2,000 in, 500 out).',
    );
  });

  it('is unknown where nobody knows, on both sides', async () => {
    const estimate = tokenEstimate(1, { projected_cost_usd: null, cost_low_usd: null, cost_high_usd: null });
    show({
      cost_usd: null,
      estimate_usd: null,
      estimate: { ...estimate } as unknown as JsonObject,
      result: { metadata: { cost_basis: 'unknown' } },
    });
    await says('cost', '–');
    await expect.poll(() => host.textContent).not.toContain('$');
  });

  it('says what was counted of a job that came to no result', async () => {
    show({ status: 'failed', cost_usd: 5.01, result: null });
    await says('cost', '$5.01 tokens × book price of 2026-10');
  });

  it('reads an estimate that holds RUNE’s fields only', async () => {
    show({
      cost_usd: 0.000_5,
      estimate_usd: 0.000_5,
      estimate: { projected_cost_usd: 0.0005, cost_driver: 'local', confidence_score: 0.95, warning: null },
      result: null,
    });
    await says('cost', '$0.0005');
    await says('estimate', '$0.0005 (as estimated), confidence 95.0 %');
  });
});

describe('a paid job that runs', () => {
  const running = { status: 'running', finished_at: null, duration_ms: null, result: null };

  it('says what it has spent of the budget for a job', async () => {
    show({ ...running, cost_usd: 0.42 }, { job_usd: 5 });
    await says('cost', '$0.42 so far of $5.00 job budget');
    expect(host.querySelector('[data-testid="board"]')?.textContent).toBe('$0.42 so far');
    // It has not ended: how far off the estimate was cannot be said yet.
    await says(
      'estimate',
      '$8.20, $4.10 to $12.40 at 80 %, confidence 41.3 %' +
        'Tokens: our default, as there is no history yet (2,000 in, 500 out).',
    );
  });

  it('says what it may cost where no budget ends it', async () => {
    show({ ...running, cost_usd: 0.42 });
    await says('cost', '$0.42 so far of $12.40 expected at most');
  });

  it('says the upper end as it was agreed to: rounded up', async () => {
    show({
      ...running,
      cost_usd: 0.42,
      estimate: { ...tokenEstimate(12.401_23) } as unknown as JsonObject,
    });
    await says('cost', '$0.42 so far of $12.41 expected at most');
    await expect.poll(() => host.textContent).toContain('$4.10 to $12.41 at 80 %');
  });

  it('says what is left of the day’s budget, which ends it too', async () => {
    show({ ...running, cost_usd: 0.42 }, { job_usd: 5, day_usd: 2 });
    await says('cost', '$0.42 so far of $5.00 job budget, $1.58 left today');
  });

  it('has spent nothing that anybody knows of, which is not nothing', async () => {
    show({ ...running, cost_usd: null });
    await says('cost', '–');
    expect(host.querySelector('[data-testid="board"]')?.textContent).toBe('–');
  });
});

describe('a job that money ended', () => {
  it.each([
    ['cost.budget_reached', 'Change the budget', paths.settings('costs')],
    ['cost.unpriced', 'Add a price', paths.costs('prices')],
    ['cost.approval_needed', 'Change when to ask', paths.settings('costs')],
  ])('%s: says so and where to go', async (code, title, path) => {
    show({ status: 'failed', error_code: code, error: { code, message: 'It was ended at $5.00.' } });
    await expect.element(page.getByText('It was ended at $5.00.')).toBeVisible();
    await expect.element(page.getByRole('link', { name: title })).toHaveAttribute('href', `#${path}`);
  });
});
