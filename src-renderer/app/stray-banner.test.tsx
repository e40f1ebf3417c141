import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { MantineProvider } from '@mantine/core';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { Router } from 'wouter';
import { navigate, useHashPath } from '#renderer/client/hash-location.ts';
import { ApiProvider, createQueryClient } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import { madeStatus, madeStray } from '#renderer/features/offers/rentals/testing.ts';
import { ActionProvider } from '#renderer/widgets/actions/use-actions.tsx';
import { settingsSchema } from '#shared/contract/settings.ts';
import type { RentalStatus, Stray } from '#shared/model/rentals.ts';
import { Frame } from './frame.tsx';
import { theme } from './theme.ts';

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
let status: RentalStatus;

const OURS = madeStray();
const THEIRS = madeStray({
  contract_id: 8002,
  kind: 'labelled',
  gpu_name: 'RTX 3090',
  label: 'rune-elsewhere.1',
});

function show(strays: readonly Stray[], answers: Answers = {}, changes: Partial<RentalStatus> = {}): void {
  status = madeStatus({ running: 0, usd_hour: 0, strays, ...changes });
  engine = fakeEngine({
    'rentals.status': () => status,
    'jobs.list': () => ({ jobs: [], total: 0, next: null }),
    'jobs.facets': () => ({}),
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
          <Router hook={useHashPath}>
            <Frame />
          </Router>
        </ActionProvider>
      </ApiProvider>
    </MantineProvider>,
  );
}
const alert = () => page.getByRole('alert').filter({ hasText: 'running that should not' });
const strays = () => page.getByTestId('strays');
const destroyed = () => engine.inputsOf('rentals.destroy');

/** The market as it is: what was destroyed is not listed any more. */
const takesAway = ({ contract_id }: { readonly contract_id: number }) => {
  status = { ...status, strays: status.strays.filter((one) => one.contract_id !== contract_id) };
  return { contract_id, gone: true, message: 'Seen absent.' };
};

beforeEach(async () => {
  await page.viewport(1024, 700);
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0;';
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

describe('instances that should not be', () => {
  it('are said in every view, with what they cost, and cannot be put away', async () => {
    show([OURS, THEIRS]);
    await expect
      .element(alert())
      .toHaveTextContent('2 rented instances are running that should not: $0.84/h');
    for (const path of [paths.settings(), paths.newJob(), '/nowhere', paths.jobs()]) {
      navigate(path);
      await expect.element(alert()).toBeVisible();
    }
    await userEvent.keyboard('{Escape}');
    await expect.element(alert()).toBeVisible();
    const buttons = [...strays().element().querySelectorAll('button')].map((one) => one.textContent);
    expect(buttons).toEqual([
      'Destroy 2 instances, $0.84/h',
      'Destroy RTX 4090, $0.42/h',
      'Destroy RTX 3090, $0.42/h',
    ]);
    await expect
      .element(page.getByRole('region', { name: 'Status' }).getByText('2 strays, $0.84/h', { exact: false }))
      .toBeVisible();
  });

  it('are told apart: ours that should be gone, and what the ledger does not know', async () => {
    show([OURS, THEIRS]);
    await expect.poll(() => strays().elements().length).toBe(1);
    const rows = [...strays().element().querySelectorAll('li')].map((one) => one.textContent ?? '');
    expect(rows[0]).toContain('contract 8001');
    expect(rows[0]).toContain('the ledger says that it should be gone');
    expect(rows[1]).toContain('rune-elsewhere.1');
    expect(rows[1]).toContain("bears our mark, and this ledger does not know it: another installation's?");
    await expect
      .element(strays().getByRole('link', { name: 'Rentals' }))
      .toHaveAttribute('href', `#${paths.offers('rentals')}`);
  });

  it('are destroyed one by one with a click, and said to be gone once they were seen absent', async () => {
    show([OURS, THEIRS], { 'rentals.destroy': takesAway });
    await strays().getByRole('button', { name: 'Destroy RTX 3090, $0.42/h' }).click();
    expect(destroyed()).toEqual([{ market: 'demo', contract_id: 8002 }]);
    await expect.element(alert()).toHaveTextContent('1 rented instance is running that should not: $0.42/h');
    await strays().getByRole('button', { name: 'Destroy RTX 4090, $0.42/h' }).click();
    await expect.element(page.getByText('RTX 4090: gone. Seen absent.', { exact: false })).toBeVisible();
    await expect.element(strays()).not.toBeInTheDocument();
    await page.getByRole('button', { name: 'Put away' }).click();
    expect(page.getByText('Seen absent.', { exact: false }).elements()).toEqual([]);
  });

  it('are destroyed together, and each only once, with how many were seen gone', async () => {
    const held: (() => void)[] = [];
    show([OURS, THEIRS], {
      'rentals.destroy': async (of: { readonly contract_id: number }) => {
        await new Promise<void>((resolve) => held.push(resolve));
        return takesAway(of);
      },
    });
    await strays().getByRole('button', { name: 'Destroy 2 instances, $0.84/h' }).click();
    await expect.element(page.getByText('destroying, 0 of 2 seen gone…')).toBeVisible();
    expect(destroyed()).toEqual([
      { market: 'demo', contract_id: 8001 },
      { market: 'demo', contract_id: 8002 },
    ]);
    held[0]?.();
    await expect.element(page.getByText('destroying, 1 of 2 seen gone…')).toBeVisible();
    held[1]?.();
    await expect.element(page.getByText('RTX 3090: gone. Seen absent.', { exact: false })).toBeVisible();
    expect(destroyed()).toHaveLength(2);
  });

  it('are never called gone where that could not be verified', async () => {
    show([OURS], {
      'rentals.destroy': () => ({ contract_id: 8001, gone: false, message: 'The market did not answer.' }),
    });
    await strays().getByRole('button', { name: 'Destroy RTX 4090, $0.42/h' }).click();
    await expect
      .element(
        page.getByText('not seen gone yet, and tried again until it is. The market did not answer.', {
          exact: false,
        }),
      )
      .toBeVisible();
    await expect.element(alert()).toHaveTextContent('1 rented instance is running that should not: $0.42/h');
    expect(strays().element().textContent).not.toContain('✓');
  });

  it('say so when nobody could be asked to destroy them', async () => {
    show([OURS], {
      'rentals.destroy': () => fail({ code: 'vastai.bad_key', message: 'The key is not taken.' }),
    });
    await strays().getByRole('button', { name: 'Destroy RTX 4090, $0.42/h' }).click();
    await expect
      .element(strays().getByText('not destroyed. The key is not taken.', { exact: false }))
      .toBeVisible();
    await expect.element(strays().getByRole('button', { name: 'Destroy RTX 4090, $0.42/h' })).toBeEnabled();
  });

  it('with a price that nobody says are not called free', async () => {
    show([madeStray({ usd_hour: null, gpu_name: null })]);
    await expect
      .element(alert())
      .toHaveTextContent('1 rented instance is running that should not: price unknown');
    await expect
      .element(strays().getByRole('button', { name: 'Destroy instance, price unknown' }))
      .toBeVisible();
    expect(host.textContent).not.toContain('$0.00');
  });
});

describe('without strays', () => {
  it('nothing is said, and the status bar tells what is rented', async () => {
    show([], {}, { running: 2, usd_hour: 0.76 });
    const part = page.getByRole('region', { name: 'Status' }).getByText('2 rented, $0.76/h');
    await expect.element(part).toBeVisible();
    expect(strays().elements()).toEqual([]);
    await expect.element(part).toHaveAttribute('href', `#${paths.offers('rentals', 'show=open')}`);
  });

  it('a market that cannot be asked is said while something is rented', async () => {
    const trouble = { code: 'vastai.unreachable', message: 'Vast.ai does not answer.' } as const;
    show([], {}, { running: 1, usd_hour: 0.38, trouble });
    await expect
      .element(page.getByText('the market cannot be asked whether that is all', { exact: false }))
      .toBeVisible();
    await expect.element(page.getByText('vastai.unreachable')).toBeVisible();
  });
});
