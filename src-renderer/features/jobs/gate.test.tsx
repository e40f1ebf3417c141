import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { Router } from 'wouter';
import { theme } from '#renderer/app/theme.ts';
import { useHashPath } from '#renderer/client/hash-location.ts';
import { ApiProvider, createQueryClient } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import { ActionProvider } from '#renderer/widgets/actions/use-actions.tsx';
import { settingsSchema } from '#shared/contract/settings.ts';
import type { GateReport } from '#shared/model/costs.ts';
import type { Failure } from '#shared/model/failure.ts';
import type { JobRow } from '#shared/model/job.ts';
import { NewJobPage } from './new-job-page.tsx';
import { askingReport, tokenEstimate } from './testing.ts';
import { useJobActions } from './use-job-actions.tsx';

interface Sent {
  readonly kind: string;
  readonly request: { readonly question?: string; readonly model?: string };
  readonly approved_usd: number | null;
}
const NEEDED: Failure = { code: 'cost.approval_needed', message: 'It may cost more than $5.00.' };
const LONG = `anthropic.${'claude-of-a-very-long-family-name-'.repeat(3)}v1:0`;

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;

/** An engine whose gate lets a job through for what it costs now, and not for less. */
function gated(reports: readonly GateReport[]): Answers {
  let at = 0;
  const now = (): GateReport => reports[Math.min(at, reports.length - 1)] ?? askingReport();
  return {
    'costs.gate': () => now(),
    'jobs.create': ({ approved_usd }: Sent) => {
      if (approved_usd !== null) at++;
      const { estimate, failure } = now();
      if (approved_usd === null || approved_usd < (estimate?.cost_high_usd ?? Infinity))
        fail(failure ?? NEEDED);
      return { job_id: 'new-1', created: true };
    },
  };
}

function show(body: ReactNode, answers: Answers): void {
  engine = fakeEngine({
    'settings.get': () => settingsSchema.parse({}),
    'backends.discover': () => [],
    'backends.models': () => [],
    'agents.list': () => [],
    ...answers,
  });
  root.render(
    <MantineProvider theme={theme}>
      <ApiProvider connection={engine.connection} queryClient={createQueryClient()}>
        <ActionProvider>
          <Router hook={useHashPath}>{body}</Router>
        </ActionProvider>
      </ApiProvider>
    </MantineProvider>,
  );
}
const creates = (): readonly Sent[] => engine.inputsOf('jobs.create') as readonly Sent[];
const dialog = () => page.getByRole('dialog');

async function start(): Promise<void> {
  await page.getByRole('textbox', { name: 'Question' }).fill('Why is it down?');
  await page.getByRole('button', { name: 'Start job' }).click();
}

beforeEach(async () => {
  await page.viewport(1024, 700);
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0;display:flex;flex-direction:column';
  document.body.append(host);
  root = createRoot(host);
  window.location.hash = paths.newJob();
});
afterEach(() => {
  root.unmount();
  host.remove();
  engine.connection.dispose();
  window.location.hash = '';
});

describe('a job that the gate stops', () => {
  it('is put to the user with what it may cost, why, and what was spent', async () => {
    show(<NewJobPage />, gated([askingReport()]));
    await start();
    await expect.element(dialog()).toBeVisible();
    const said = dialog().element().textContent ?? '';
    for (const part of [
      '$4.10',
      '$8.20',
      '$12.40',
      '87.0 % chance of more than $5.00',
      'confidence 41.3 %',
      'our default, as there is no history yet',
      'book price of 2026-10',
      '$3.20 of $20.00 today, up to $1.20 more by running and queued jobs: $15.60 left',
    ])
      expect(said).toContain(part);
    await expect
      .element(
        dialog().getByRole('img', { name: 'From $4.10 to $12.40, probably $8.20; asked above $5.00.' }),
      )
      .toBeInTheDocument();
    expect(creates().map((one) => one.approved_usd)).toEqual([null]);
  });

  it('is run for the amount on the button, and for nothing else', async () => {
    show(<NewJobPage />, gated([askingReport({ estimate: tokenEstimate(12.401_23) })]));
    await start();
    await dialog().getByRole('button', { name: 'Run for up to $12.41' }).click();
    await expect.poll(() => window.location.hash).toBe(`#${paths.job('own', 'new-1')}`);
    expect(creates().map((one) => one.approved_usd)).toEqual([null, 12.401_23]);
    expect(creates()[1]?.request.question).toBe('Why is it down?');
  });

  it('is asked about once more, with the new figures, when the price rose meanwhile', async () => {
    show(<NewJobPage />, gated([askingReport(), askingReport({ estimate: tokenEstimate(31) })]));
    await start();
    await dialog().getByRole('button', { name: 'Run for up to $12.40' }).click();
    await expect
      .element(dialog().getByText('The price rose since you agreed to $12.40.', { exact: false }))
      .toBeVisible();
    await dialog().getByRole('button', { name: 'Run for up to $31.00' }).click();
    await expect.poll(() => window.location.hash).toBe(`#${paths.job('own', 'new-1')}`);
    expect(creates().map((one) => one.approved_usd)).toEqual([null, 12.4, 31]);
  });

  it('opens on Cancel, stays within its keys, and Escape gives the form back as it was', async () => {
    show(<NewJobPage />, gated([askingReport()]));
    await page.getByRole('textbox', { name: 'Question' }).fill('Why is it down?');
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    await expect.element(dialog().getByRole('button', { name: 'Cancel' })).toHaveFocus();
    // The shortcut that started it does not agree to it.
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    await userEvent.keyboard('{Tab}');
    await expect.element(dialog().getByRole('button', { name: /^Run for/ })).toHaveFocus();
    await userEvent.keyboard('{Tab}{Tab}{Tab}{Tab}');
    expect(dialog().element().contains(document.activeElement)).toBe(true);
    await userEvent.keyboard('{Escape}');
    await expect.element(dialog()).not.toBeInTheDocument();
    await expect.element(page.getByRole('textbox', { name: 'Question' })).toHaveFocus();
    await expect.element(page.getByRole('textbox', { name: 'Question' })).toHaveValue('Why is it down?');
    expect(creates().filter((one) => one.approved_usd !== null)).toEqual([]);
  });

  it('is refused without a price, with the way to add one', async () => {
    const failure: Failure = { code: 'cost.unpriced', message: 'Nobody priced "mystery-model".' };
    show(
      <NewJobPage />,
      gated([askingReport({ decision: 'refuse', estimate: null, chance_over_threshold: null, failure })]),
    );
    await start();
    await expect.element(dialog().getByText('Nobody priced "mystery-model".')).toBeVisible();
    await expect
      .element(dialog().getByRole('link', { name: 'Add a price' }))
      .toHaveAttribute('href', `#${paths.costs('prices')}`);
    expect(
      dialog()
        .getByRole('button', { name: /^Run for/ })
        .elements(),
    ).toEqual([]);
    expect(dialog().element().textContent).not.toContain('$0.00');
    await dialog().getByRole('button', { name: 'Close' }).click();
    await expect.element(dialog()).not.toBeInTheDocument();
  });

  it('is refused over a budget, whatever it may cost, with the way to the budget', async () => {
    const failure: Failure = {
      code: 'cost.budget_exceeded',
      message: 'Up to $12.40 would pass the $5.00 left.',
    };
    show(<NewJobPage />, gated([askingReport({ decision: 'refuse', failure })]));
    await start();
    await expect.element(dialog().getByText(failure.message)).toBeVisible();
    await expect.element(dialog().getByText('$8.20', { exact: true })).toBeVisible();
    await expect
      .element(dialog().getByRole('link', { name: 'Change the budget' }))
      .toHaveAttribute('href', `#${paths.settings('costs')}`);
    expect(
      dialog()
        .getByRole('button', { name: /^Run for/ })
        .elements(),
    ).toEqual([]);
  });

  it('cannot be agreed to while its figures cannot be read, and is asked about again', async () => {
    let down = true;
    const answers = gated([askingReport()]);
    show(<NewJobPage />, {
      ...answers,
      'costs.gate': () => (down ? fail({ code: 'internal', message: 'Out of order.' }) : askingReport()),
    });
    await start();
    await expect.element(dialog().getByText(NEEDED.message)).toBeVisible();
    expect(
      dialog()
        .getByRole('button', { name: /^Run for/ })
        .elements(),
    ).toEqual([]);
    down = false;
    await dialog().getByRole('button', { name: 'Try again' }).click();
    await expect.element(dialog().getByRole('button', { name: 'Run for up to $12.40' })).toBeVisible();
  });

  it('keeps what the engine said of an agreed job that came to nothing', async () => {
    show(<NewJobPage />, {
      ...gated([askingReport()]),
      'jobs.create': ({ approved_usd }: Sent) =>
        fail(approved_usd === null ? NEEDED : { code: 'store.full', message: 'The disk is full.' }),
    });
    await start();
    await dialog()
      .getByRole('button', { name: /^Run for/ })
      .click();
    await expect.element(dialog().getByText('The disk is full.')).toBeVisible();
    await expect.element(dialog().getByRole('button', { name: /^Run for/ })).toBeEnabled();
  });

  it('fits a long model name in the dialog', async () => {
    show(<Rerun request={{ backend_type: 'bedrock', backend_url: 'us-east-1', model: LONG }} />, {
      ...gated([askingReport()]),
      'jobs.get': () => ({
        ...ROW,
        request: { backend_type: 'bedrock', backend_url: 'us-east-1', model: LONG },
      }),
    });
    await page.getByRole('button', { name: 'Again' }).click();
    await expect.element(dialog().getByText(LONG)).toBeVisible();
    await expect.element(dialog().getByText('bedrock at us-east-1')).toBeVisible();
    const content = dialog().element();
    expect(content.scrollWidth).toBeLessThanOrEqual(content.clientWidth + 1);
  });
});

const ROW = { job_id: 'old-1', kind: 'benchmark', tenant_id: 'lab', status: 'succeeded' } as JobRow;

function Rerun(_: { readonly request: object }): ReactNode {
  const actions = useJobActions();
  return (
    <main>
      {actions.strip}
      <button type="button" onClick={() => actions.rerun('own', ROW)}>
        Again
      </button>
    </main>
  );
}

describe('running a job again', () => {
  it('asks as a new one does, and then runs the same request', async () => {
    const request = { backend_type: 'bedrock', backend_url: null, model: 'claude', question: 'Q' };
    show(<Rerun request={request} />, {
      ...gated([askingReport()]),
      'jobs.get': () => ({ ...ROW, request }),
    });
    await page.getByRole('button', { name: 'Again' }).click();
    await dialog().getByRole('button', { name: 'Run for up to $12.40' }).click();
    await expect.poll(() => window.location.hash).toBe(`#${paths.job('own', 'new-1')}`);
    expect(creates()).toEqual([
      { kind: 'benchmark', request, tenant_id: 'lab', approved_usd: null },
      { kind: 'benchmark', request, tenant_id: 'lab', approved_usd: 12.4 },
    ]);
  });

  it('asks nothing where the engine asks nothing', async () => {
    show(<Rerun request={{}} />, {
      'jobs.get': () => ({ ...ROW, request: { question: 'Q' } }),
      'jobs.create': () => ({ job_id: 'new-2', created: true }),
    });
    await page.getByRole('button', { name: 'Again' }).click();
    await expect.poll(() => window.location.hash).toBe(`#${paths.job('own', 'new-2')}`);
    expect(engine.inputsOf('costs.gate')).toEqual([]);
  });
});

describe('the estimate in the form', () => {
  const estimated = () => page.getByRole('status', { name: 'Estimated cost' });
  const says = (words: string) =>
    expect.poll(() => estimated().element().textContent, { timeout: 5_000 }).toContain(words);

  it('says before anything is run what it would cost, before a question is typed', async () => {
    show(<NewJobPage />, gated([askingReport()]));
    await says('$8.20 probable · $4.10 to $12.40 at 80 %');
    await says('You are asked before it runs');
    expect(creates()).toEqual([]);
    await start();
    await expect.element(dialog()).toBeVisible();
    expect(creates()[0]?.request.question).toBe('Why is it down?');
  });

  it('is quiet for own hardware, and readable however little it is', async () => {
    const estimate = tokenEstimate(0.000_9, { projected_cost_usd: 0.000_5, cost_driver: 'local' });
    show(<NewJobPage />, {
      'costs.gate': () => askingReport({ decision: 'allow', paid: false, estimate, failure: null }),
    });
    await says('Runs on own hardware, about $0.0005 of energy.');
    expect(estimated().element().textContent).not.toContain('confidence');
  });

  it('says that a cost is unknown, never that it is nothing', async () => {
    const failure: Failure = { code: 'cost.unpriced', message: 'Nobody priced it.' };
    const estimate = tokenEstimate(1, {
      projected_cost_usd: null,
      cost_low_usd: null,
      cost_high_usd: null,
      intervals: [],
    });
    show(<NewJobPage />, {
      'costs.gate': () =>
        askingReport({ decision: 'refuse', estimate, chance_over_threshold: null, failure }),
    });
    await says('Cost unknown');
    await says('It would be refused: Nobody priced it. Add a price');
    expect(estimated().element().textContent).not.toContain('$0.00');
  });

  it('never shows an answer to an older form, and asks only once typing pauses', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    show(<NewJobPage />, {
      'costs.gate': async ({ request }: Sent) => {
        if (request.question === '?') await held;
        return askingReport({
          estimate: tokenEstimate(12.4, { projected_cost_usd: request.question === '?' ? 1.11 : 2.22 }),
        });
      },
    });
    await page.getByRole('textbox', { name: 'Question' }).fill('abc');
    await userEvent.keyboard('def');
    await says('$2.22');
    release();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await says('$2.22');
    const asked = (engine.inputsOf('costs.gate') as readonly Sent[]).map((one) => one.request.question);
    expect(asked).toEqual(['?', 'abcdef']);
  });
});
