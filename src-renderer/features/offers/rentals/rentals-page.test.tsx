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
import { type Settings, settingsSchema } from '#shared/contract/settings.ts';
import type { Rental } from '#shared/model/rentals.ts';
import { MachinesPage } from './machines-page.tsx';
import { RentalsPage } from './rentals-page.tsx';
import { goneRental, madeAnswer, madeMachine, madeRental, madeStatus } from './testing.ts';

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
let kept: Settings;

const READY = madeRental();
const FAILED = goneRental({
  rental_id: 'rental-f',
  intent_at: 1_700_000_000,
  gpu_name: 'RTX 3060',
  boot_s: null,
  tokens_per_s: null,
  failure: { code: 'provider.boot_timeout', message: 'Its backend did not answer within 1,200 s.' },
  ended_because: 'its backend did not answer in time',
});

function show(body: ReactNode, answers: Answers = {}): void {
  engine = fakeEngine({
    'settings.get': () => kept,
    'settings.set': (next: Settings) => {
      kept = settingsSchema.parse(next);
      return kept;
    },
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
const listing = (rentals: readonly Rental[], changes: Parameters<typeof madeAnswer>[1] = {}): Answers => ({
  'rentals.list': ({ open }: { readonly open: boolean }) =>
    madeAnswer(
      rentals.filter(({ state }) => !open || state !== 'gone'),
      changes,
    ),
});
const rentals = () => page.getByTestId('rentals');
const rows = () => [...rentals().element().querySelectorAll('tbody tr[data-id]')];
const ids = () => rows().map((row) => row.getAttribute('data-id'));
const confirm = () => page.getByRole('alertdialog');

beforeEach(async () => {
  await page.viewport(1440, 900);
  kept = settingsSchema.parse({});
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0;display:flex;flex-direction:column';
  document.body.append(host);
  root = createRoot(host);
  window.location.hash = paths.offers('rentals');
});
afterEach(() => {
  root.unmount();
  host.remove();
  engine.connection.dispose();
  window.location.hash = '';
});

describe('the ledger', () => {
  it('shows what may cost money first, what it costs, promised and delivered, and why it ended', async () => {
    show(<RentalsPage title="Offers" />, listing([FAILED, goneRental(), READY]));
    await expect.poll(() => rentals().elements().length).toBe(1);
    expect(ids()).toEqual(['rental-1', 'rental-0', 'rental-f']);
    const [ready, gone, failed] = rows().map((row) => row.textContent ?? '');
    for (const part of ['ready', 'DEMO', 'RTX 4090', '31 / 9', '$0.38', '10 m', '410 of 900', '45.6 %', '52'])
      expect(ready).toContain(part);
    expect(ready).toContain('$0.0633clock');
    expect(gone).toContain('$0.095bill');
    expect(gone).toContain('its job is over');
    expect(failed).toContain('its backend did not answer in time provider.boot_timeout');
    await expect
      .element(rentals().getByRole('link', { name: 'job-1-aa' }))
      .toHaveAttribute('href', `#${paths.job('own', 'job-1-aaaaaaaa')}`);
    await expect.element(page.getByText('1 instance', { exact: false })).toBeVisible();
    await expect.poll(() => host.textContent).toContain('rented now, $0.38/h');
  });

  it('opens a row to all that is known of it, failure included, and the address keeps that', async () => {
    show(<RentalsPage title="Offers" />, listing([FAILED]));
    await rentals().getByRole('button', { name: 'gone' }).click();
    await expect.element(page.getByText('Its backend did not answer within 1,200 s.')).toBeVisible();
    await expect.element(page.getByText('rune-job-1.1')).toBeVisible();
    expect(window.location.hash).toContain('rental=rental-f');
    await userEvent.keyboard('o');
    await expect.element(page.getByText('rune-job-1.1')).not.toBeInTheDocument();
  });

  it('counts down to when a kept instance is destroyed', async () => {
    const keep_until = Math.floor(Date.now() / 1000) + 3 * 3600 + 12 * 60 + 20;
    show(<RentalsPage title="Offers" />, listing([madeRental({ state: 'kept', keep_until })]));
    await expect.element(page.getByText('destroyed in 3 h 12 m')).toBeVisible();
  });

  it('filters to what is not over, and says what would stand there', async () => {
    show(<RentalsPage title="Offers" />, listing([goneRental()], { running: 0, usd_hour: 0 }));
    await expect.poll(() => rentals().elements().length).toBe(1);
    await expect.element(page.getByText('Nothing is rented now')).toBeVisible();
    await userEvent.keyboard('f');
    await expect.element(page.getByRole('heading', { name: 'Nothing is rented now' })).toBeVisible();
    expect(engine.inputsOf('rentals.list').at(-1)).toMatchObject({ open: true });
    await page.getByRole('button', { name: 'Show all rentals' }).click();
    await expect.poll(() => ids()).toEqual(['rental-0']);
  });

  it('says that the market could not be asked, with its code, above what the ledger knows', async () => {
    const trouble = { code: 'vastai.unreachable', message: 'Vast.ai does not answer.' } as const;
    show(<RentalsPage title="Offers" />, listing([READY], { trouble, checked_at: null }));
    await expect.element(page.getByText('Vast.ai does not answer.')).toBeVisible();
    await expect.element(page.getByText('vastai.unreachable')).toBeVisible();
    expect(ids()).toEqual(['rental-1']);
  });
});

describe('destroying a rental', () => {
  const destroying = (answer: () => unknown): Answers => ({
    ...listing([READY]),
    'rentals.destroy': answer,
  });
  const ask = () => rentals().getByRole('button', { name: 'Destroy RTX 4090…' }).click();

  it('is asked about with the thing and the amount, and done once it was seen gone', async () => {
    show(
      <RentalsPage title="Offers" />,
      destroying(() => ({ contract_id: 7001, gone: true, message: 'Contract 7001 is absent.' })),
    );
    await ask();
    await expect
      .element(confirm().getByText('Job job-1-aa may be using it and would fail', { exact: false }))
      .toBeVisible();
    expect(engine.inputsOf('rentals.destroy')).toEqual([]);
    await confirm().getByRole('button', { name: 'Destroy RTX 4090, $0.38/h' }).click();
    await expect.element(page.getByText('✓ RTX 4090: gone. Contract 7001 is absent.')).toBeVisible();
    expect(engine.inputsOf('rentals.destroy')).toEqual([{ rental_id: 'rental-1' }]);
    // The list is read again, whatever its pace.
    expect(engine.inputsOf('rentals.list').length).toBeGreaterThan(1);
  });

  it('keeps it on Escape, and when the question is dismissed', async () => {
    show(
      <RentalsPage title="Offers" />,
      destroying(() => ({ contract_id: 7001, gone: true, message: '' })),
    );
    await ask();
    await expect.element(confirm().getByRole('button', { name: 'Keep' })).toHaveFocus();
    await userEvent.keyboard('{Escape}');
    await expect.element(confirm()).not.toBeInTheDocument();
    await ask();
    await confirm().getByRole('button', { name: 'Keep' }).click();
    await expect.element(confirm()).not.toBeInTheDocument();
    expect(engine.inputsOf('rentals.destroy')).toEqual([]);
  });

  it('is asked about by key, of the chosen one', async () => {
    show(
      <RentalsPage title="Offers" />,
      destroying(() => ({ contract_id: 7001, gone: true, message: '' })),
    );
    await expect.poll(() => rentals().elements().length).toBe(1);
    await userEvent.keyboard('j');
    await userEvent.keyboard('{Shift>}x{/Shift}');
    await expect.element(confirm().getByRole('button', { name: 'Destroy RTX 4090, $0.38/h' })).toBeVisible();
  });

  it('does not call gone what was not seen gone', async () => {
    show(
      <RentalsPage title="Offers" />,
      destroying(() => ({ contract_id: 7001, gone: false, message: 'It is still listed.' })),
    );
    await ask();
    await confirm()
      .getByRole('button', { name: /^Destroy/ })
      .click();
    await expect
      .element(
        page.getByText('! RTX 4090: not seen gone yet, and tried again until it is. It is still listed.'),
      )
      .toBeVisible();
  });

  it('says what went wrong, that it still costs, and can be tried again', async () => {
    let down = true;
    show(
      <RentalsPage title="Offers" />,
      destroying(() =>
        down
          ? fail({ code: 'vastai.bad_key', message: 'The key is not taken.' })
          : { contract_id: 7001, gone: true, message: 'Absent.' },
      ),
    );
    await ask();
    await confirm()
      .getByRole('button', { name: /^Destroy/ })
      .click();
    await expect.element(page.getByText('RTX 4090 was not destroyed: it still costs $0.38/h.')).toBeVisible();
    await expect.element(page.getByText('vastai.bad_key')).toBeVisible();
    down = false;
    await page.getByRole('button', { name: 'Destroy RTX 4090, $0.38/h' }).click();
    await expect.element(page.getByText('✓ RTX 4090: gone. Absent.')).toBeVisible();
  });
});

describe('checking what exists', () => {
  const REPORT = {
    ...madeStatus(),
    market: 'demo',
    listed: 2,
    adopted: 1,
    destroyed: 1,
    settled: 0,
  } as const;

  it('asks the markets now, and says what was found and done', async () => {
    show(<RentalsPage title="Offers" />, { ...listing([READY]), 'rentals.reconcile': () => [REPORT] });
    await page.getByRole('button', { name: 'Check now' }).click();
    await expect
      .element(
        page.getByText(
          'Demo market: 2 instances of ours listed, 1 running by the ledger at $0.38/h; 1 found by label; 1 destroyed; no strays.',
        ),
      )
      .toBeVisible();
  });

  it('does not say that there are no strays where it could not ask', async () => {
    const trouble = { code: 'vastai.unreachable', message: 'It does not answer.' } as const;
    show(<RentalsPage title="Offers" />, {
      ...listing([READY]),
      'rentals.reconcile': () => [{ ...REPORT, adopted: 0, destroyed: 0, trouble }],
    });
    await page.getByRole('button', { name: 'Check now' }).click();
    await expect
      .element(page.getByText('whether there are strays is not known', { exact: false }))
      .toBeVisible();
    expect(host.textContent).not.toContain('no strays');
    await expect.element(page.getByText('vastai.unreachable')).toBeVisible();
  });
});

describe('promised against delivered', () => {
  it('is told machine by machine, and by host', async () => {
    show(<MachinesPage title="Offers" />, {
      'rentals.machines': () => [madeMachine(), madeMachine({ machine_id: 32, failed: 0, rentals: 2 })],
    });
    const table = page.getByTestId('machines');
    await expect.poll(() => table.elements().length).toBe(1);
    expect(table.element().querySelectorAll('tbody tr').length).toBe(2);
    expect(table.element().textContent).toContain('410 of 90045.6 %');
    await page.getByText('By host').click();
    await expect.poll(() => table.element().querySelectorAll('tbody tr').length).toBe(1);
    expect(table.element().textContent).toContain('2 machines');
  });

  it('blocks a machine and its host, and lets them be rented again', async () => {
    show(<MachinesPage title="Offers" />, { 'rentals.machines': () => [madeMachine()] });
    await page.getByRole('button', { name: 'Block machine 31' }).click();
    await expect.poll(() => kept.offers.blocked_machines).toEqual([31]);
    await page.getByRole('button', { name: 'Block host 9', exact: true }).click();
    await expect.poll(() => kept.offers.blocked_hosts).toEqual([9]);
    await expect.element(page.getByRole('link', { name: '2 blocked' })).toBeVisible();
    await page.getByRole('button', { name: 'Unblock machine 31' }).click();
    await expect.poll(() => kept.offers).toMatchObject({ blocked_machines: [], blocked_hosts: [9] });
  });

  it('says what would stand there before anything was rented', async () => {
    show(<MachinesPage title="Offers" />, { 'rentals.machines': () => [] });
    await expect.element(page.getByRole('heading', { name: 'No machine was rented yet' })).toBeVisible();
  });
});
