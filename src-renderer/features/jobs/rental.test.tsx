import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { MantineProvider } from '@mantine/core';
import { type ReactNode, useState } from 'react';
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
import type { JobDetail } from '#shared/model/job.ts';
import { modelTable } from '#shared/model/model-fit.ts';
import type { PricedOffer } from '#shared/model/offers.ts';
import type { Rental } from '#shared/model/rentals.ts';
import { NewJobPage } from './new-job-page.tsx';
import { RentalStrip } from './rental-strip.tsx';
import { askingReport } from './testing.ts';

interface Sent {
  readonly kind: string;
  readonly request: {
    readonly backend_type?: string;
    readonly model?: string;
    readonly provisioning?: { readonly vastai: Readonly<Record<string, unknown>> };
  };
  readonly approved_usd: number | null;
}

/** What a card shows of an offer, and what it is judged by. */
const offer = (changes: Partial<PricedOffer> = {}): PricedOffer =>
  ({
    id: 501,
    machine_id: 31,
    host_id: 9,
    gpu_name: 'RTX 4090',
    num_gpus: 1,
    dph_total: 0.36,
    geolocation: 'Quebec, CA',
    verification: 'verified',
    reliability: 0.99,
    is_bid: false,
    usd_per_job: { p10: 0.012, p50: 0.021, p90: 0.048 },
    seconds_per_job: { p10: 95, p50: 180, p90: 420 },
    interruption: 0.041,
    fit: { model: 'demo', headroom_mb: 1, required_disk_gb: 41, fits: true, because: null },
    blocked: null,
    ...changes,
  }) as PricedOffer;

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;

function show(body: ReactNode, answers: Answers = {}): void {
  engine = fakeEngine({
    'settings.get': () => settingsSchema.parse({}),
    'backends.discover': () => [],
    'backends.models': () => [],
    'agents.list': () => [],
    'offers.market': () => ({ market: 'demo', has_key: false, base_url: null }),
    'offers.models': () => modelTable([]),
    'offers.latest': () => ({ offers: [offer(), offer({ id: 2, gpu_name: 'RTX 3090' })] }),
    'costs.gate': () => askingReport({ decision: 'allow' }),
    'jobs.create': () => ({ job_id: 'new-1', created: true }),
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
/** Quotes one after the other; the last one stands. */
function quoting(...prices: readonly (number | 'gone')[]): Answers {
  let at = 0;
  return {
    'offers.quote': () => {
      const price = prices[Math.min(at, prices.length - 1)] ?? 'gone';
      at++;
      if (price === 'gone')
        fail({ code: 'vastai.offer_taken', message: 'Offer 501 is gone: somebody else has rented it.' });
      return { offer: offer({ dph_total: price }), quoted_at: Date.now() / 1000 - 5 };
    },
  };
}
const creates = (): readonly Sent[] => engine.inputsOf('jobs.create') as readonly Sent[];
const rentalOf = (sent: Sent | undefined) => sent?.request.provisioning?.vastai;
const card = () => page.getByRole('region', { name: 'Offer' });
const startButton = () => page.getByRole('button', { name: 'Start job' });
const says = (words: string) => expect.poll(() => host.textContent).toContain(words);

beforeEach(async () => {
  await page.viewport(1024, 700);
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0;display:flex;flex-direction:column';
  document.body.append(host);
  root = createRoot(host);
  window.location.hash = paths.newJobOnOffer({ offer: 501, market: 'demo', model: 'llama3.1:8b' });
});
afterEach(() => {
  root.unmount();
  host.remove();
  engine.connection.dispose();
  window.location.hash = '';
});

/** The cost of a job that ended changes with its bill. */
function BilledJob({ job }: { readonly job: JobDetail }): ReactNode {
  const [billed, setBilled] = useState(0);
  return (
    <>
      <RentalStrip job={{ ...job, cost_usd: (job.cost_usd ?? 0) + billed }} />
      <button type="button" onClick={() => setBilled(0.25)}>
        The bill comes
      </button>
    </>
  );
}

describe('a job on an offer', () => {
  it('shows the machine, its price and age, and what this job would cost and take there', async () => {
    show(<NewJobPage />, quoting(0.36));
    await expect.element(card().getByText('$0.36/h', { exact: true })).toBeVisible();
    const said = card().element().textContent ?? '';
    for (const part of [
      'RTX 4090',
      'DEMO',
      'quoted 5 s ago',
      '$0.021',
      '$0.012 to $0.048',
      '3 m 00 s',
      '$0.378/h',
      '4.1 %',
    ])
      expect(said).toContain(part);
    expect(said).toContain('nothing is paid');
    expect(engine.inputsOf('offers.quote')[0]).toMatchObject({
      market: 'demo',
      offer_id: 501,
      backend_type: 'demo',
      model: 'demo',
    });
  });

  it('is asked for its price once more, and rents that offer for 5 % more at most', async () => {
    show(<NewJobPage />, quoting(0.36, 0.37));
    await expect.element(card().getByText('$0.36/h', { exact: true })).toBeVisible();
    await startButton().click();
    await expect.poll(() => window.location.hash).toBe(`#${paths.job('own', 'new-1')}`);
    expect(engine.inputsOf('offers.quote')).toHaveLength(2);
    expect(creates()).toHaveLength(1);
    expect(creates()[0]).toMatchObject({
      kind: 'benchmark',
      request: { backend_type: 'demo', model: 'demo' },
    });
    expect(rentalOf(creates()[0])).toEqual({ offer_id: 501, max_dph: 0.378, stop_instance: true });
  });

  it('is not started where the price rose meanwhile: the new one is agreed to first', async () => {
    show(<NewJobPage />, quoting(0.36, 0.45));
    await expect.element(card().getByText('$0.36/h', { exact: true })).toBeVisible();
    await startButton().click();
    await says('The price rose from $0.36/h to $0.45/h since it was quoted. Nothing was rented');
    expect(creates()).toEqual([]);
    await startButton().click();
    await expect.poll(() => creates().length).toBe(1);
    expect(rentalOf(creates()[0])).toMatchObject({ max_dph: 0.4725 });
  });

  it('says what changed when it is quoted again', async () => {
    show(<NewJobPage />, quoting(0.36, 0.3));
    await expect.element(card().getByText('$0.36/h', { exact: true })).toBeVisible();
    await card().getByRole('button', { name: 'Quote again' }).click();
    await says('The price changed: it was $0.36/h, and is $0.30/h.');
  });

  it('that is gone cannot be started, and leads back to Offers', async () => {
    show(<NewJobPage />, quoting('gone'));
    await expect.element(card().getByText('This offer is gone.')).toBeVisible();
    await expect.element(card().getByText('vastai.offer_taken')).toBeVisible();
    await expect
      .element(card().getByRole('link', { name: 'Back to Offers' }))
      .toHaveAttribute('href', `#${paths.offers()}`);
    await expect.element(startButton()).toBeDisabled();
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    expect(creates()).toEqual([]);
  });

  it('that goes while it is looked at is not started', async () => {
    show(<NewJobPage />, quoting(0.36, 'gone'));
    await expect.element(card().getByText('$0.36/h', { exact: true })).toBeVisible();
    await startButton().click();
    await expect.element(card().getByText('This offer is gone.')).toBeVisible();
    expect(creates()).toEqual([]);
  });

  it.each([
    ['interruptible', { is_bid: true }, 'It is interruptible'],
    ['blocked', { blocked: 'host' as const }, 'Its host is on your list of those that are never rented.'],
    [
      'too small',
      { fit: { model: 'm', headroom_mb: -1, required_disk_gb: 9, fits: false, because: 'needs more' } },
      'm needs more.',
    ],
  ])('that is %s is not rented, and says so', async (_, changes, words) => {
    show(<NewJobPage />, {
      'offers.quote': () => ({ offer: offer(changes), quoted_at: Date.now() / 1000 }),
    });
    await expect.element(card().getByText(words, { exact: false })).toBeVisible();
    await expect.element(startButton()).toBeDisabled();
  });

  it('of Vast.ai warns that its model server is open to everybody', async () => {
    window.location.hash = paths.newJobOnOffer({ offer: 501, market: 'vastai', model: 'llama3.1:8b' });
    show(<NewJobPage />, quoting(0.36));
    await says('answers anybody who finds its address, without a password');
    await startButton().click();
    await expect.poll(() => creates().length).toBe(1);
    expect(creates()[0]?.request).toMatchObject({ backend_type: 'ollama', model: 'llama3.1:8b' });
  });

  it('that may stay says for how long and what that costs', async () => {
    show(<NewJobPage />, quoting(0.36));
    await expect.element(card().getByText('$0.36/h', { exact: true })).toBeVisible();
    const stop = page.getByRole('switch', { name: /^Destroy it when the job ends/ });
    await expect.element(stop).toBeChecked();
    (stop.element() as HTMLElement).focus();
    await userEvent.keyboard(' ');
    await says('It stays for 4 h after the job: $0.36 each hour, $1.44 in all.');
    await startButton().click();
    await expect.poll(() => rentalOf(creates()[0])).toMatchObject({ stop_instance: false });
  });

  it('is put through the gate, which names the machine and that nothing is paid', async () => {
    show(<NewJobPage />, {
      ...quoting(0.36),
      'costs.gate': () => askingReport(),
      'jobs.create': ({ approved_usd }: Sent) =>
        approved_usd === null
          ? fail({ code: 'cost.approval_needed', message: 'It may cost more than $5.00.' })
          : { job_id: 'new-1', created: true },
    });
    await expect.element(card().getByText('$0.36/h', { exact: true })).toBeVisible();
    await startButton().click();
    const dialog = page.getByRole('dialog');
    await expect
      .element(dialog.getByText('offer 501, at most $0.378/h, destroyed when the job ends'))
      .toBeVisible();
    expect(dialog.element().textContent).toContain('Nothing is really rented and nothing paid');
    await dialog.getByRole('button', { name: /^Run for/ }).click();
    await expect.poll(() => window.location.hash).toBe(`#${paths.job('own', 'new-1')}`);
    expect(rentalOf(creates()[1])).toMatchObject({ offer_id: 501 });
  });
});

describe('a job on any offer within limits', () => {
  it('that leaves its machine running is never said to destroy it', async () => {
    window.location.hash = paths.newJob();
    show(<NewJobPage />, {
      'costs.gate': () => askingReport(),
      'jobs.create': () => fail({ code: 'cost.approval_needed', message: 'It may cost more than $5.00.' }),
    });
    await page.getByText('llm-instance', { exact: true }).click();
    await page.getByText('Rented for this job').click();
    expect(page.getByRole('switch').elements()).toEqual([]);
    await says('It stays for 4 h after the job');
    await startButton().click();
    await expect
      .element(
        page.getByRole('dialog').getByText('the best offer, whatever it costs an hour, kept afterwards'),
      )
      .toBeVisible();
  });

  it('is rented for from the form, and not for a kind that cannot', async () => {
    window.location.hash = paths.newJob();
    show(<NewJobPage />);
    expect(page.getByText('Rented for this job').elements()).toEqual([]);
    await page.getByText('benchmark', { exact: true }).click();
    await page.getByText('Rented for this job').click();
    await page.getByRole('textbox', { name: 'At most, $ per hour' }).fill('0.5');
    await page.getByRole('textbox', { name: 'Reliability, %' }).fill('98');
    await startButton().click();
    await expect.poll(() => creates().length).toBe(1);
    expect(creates()[0]?.request).toMatchObject({ backend_type: 'demo' });
    expect(rentalOf(creates()[0])).toEqual({ max_dph: 0.5, reliability: 0.98, stop_instance: true });
    expect(engine.inputsOf('offers.quote')).toEqual([]);
  });

  it('of Vast.ai without a key says how to give one', async () => {
    window.location.hash = paths.newJob();
    show(<NewJobPage />);
    await page.getByText('benchmark', { exact: true }).click();
    await page.getByText('Rented for this job').click();
    await page.getByText('Vast.ai', { exact: true }).click();
    await expect
      .element(page.getByRole('link', { name: 'give VAST_API_KEY' }))
      .toHaveAttribute('href', `#${paths.settings('offers')}`);
    await expect.element(page.getByPlaceholder('The largest that fits')).toHaveValue('');
  });

  it('shows at the field what the engine refuses', async () => {
    window.location.hash = paths.newJob();
    show(<NewJobPage />, {
      'jobs.create': () =>
        fail({
          code: 'request.invalid',
          message: 'The request is not valid. provisioning.vastai.max_dph: expected number.',
        }),
    });
    await page.getByText('benchmark', { exact: true }).click();
    await page.getByText('Rented for this job').click();
    const most = page.getByRole('textbox', { name: 'At most, $ per hour' });
    await most.fill('little');
    await startButton().click();
    await expect.element(most).toHaveAttribute('aria-invalid', 'true');
    await expect.element(page.getByText('Expected number')).toBeVisible();
  });
});

describe('what a job rented', () => {
  const job = { job_id: 'j-1', provider_type: 'vastai', status: 'running' } as JobDetail;
  const rental = (changes: Partial<Rental>): Rental =>
    ({
      rental_id: 'r',
      market: 'demo',
      state: 'ready',
      contract_id: 7001,
      gpu_name: 'RTX 4090',
      num_gpus: 1,
      usd_hour: 0.38,
      cost_usd: 0.0012,
      cost_from: 'clock',
      keep_until: null,
      verified_at: null,
      failure: null,
      ended_because: null,
      ...changes,
    }) as Rental;
  const listing = (...rentals: readonly Rental[]): Answers => ({
    'rentals.list': () => ({ rentals, total: rentals.length }),
  });

  it('stands under its facts with what it has cost so far, and leads to the ledger', async () => {
    show(<RentalStrip job={job} />, listing(rental({})));
    await says('$0.0012 so far');
    const strip = page.getByRole('region', { name: 'Rented for this job' });
    for (const part of ['ready', 'RTX 4090', 'DEMO', 'contract 7001', '$0.38/h'])
      expect(strip.element().textContent).toContain(part);
    await expect
      .element(strip.getByRole('link', { name: 'Rentals' }))
      .toHaveAttribute('href', `#${paths.offers('rentals', 'job=j-1')}`);
  });

  it('is said to be gone only with when that was verified', async () => {
    show(
      <RentalStrip job={{ ...job, status: 'succeeded' }} />,
      listing(rental({ state: 'gone', verified_at: 1_795_000_000, cost_from: 'bill' })),
    );
    await says('destroyed, verified gone at ');
    expect(host.textContent).toContain('by its bill');
    root.unmount();
    root = createRoot(host);
    show(<RentalStrip job={job} />, listing(rental({ state: 'closing' })));
    await says('closing');
    expect(host.textContent).not.toContain('verified gone');
  });

  it('costs what its bill says, when the cost of the ended job changes to that', async () => {
    const gone = rental({ state: 'gone', verified_at: 1_795_000_000 });
    let listed = gone;
    show(<BilledJob job={{ ...job, status: 'succeeded', cost_usd: 0.5 }} />, {
      'rentals.list': () => ({ rentals: [listed], total: 1 }),
    });
    await says('until its bill comes');
    listed = { ...gone, cost_from: 'bill' };
    await page.getByRole('button', { name: 'The bill comes' }).click();
    await says('by its bill');
  });

  it('is not asked about where the job rented nothing', async () => {
    show(<RentalStrip job={{ ...job, provider_type: 'existing' }} />, listing());
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(engine.inputsOf('rentals.list')).toEqual([]);
  });
});
