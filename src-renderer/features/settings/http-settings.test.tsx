import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { MantineProvider } from '@mantine/core';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { theme } from '#renderer/app/theme.ts';
import { ApiProvider, createQueryClient } from '#renderer/client/query.tsx';
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import { type Settings, settingsSchema } from '#shared/contract/settings.ts';
import type { HttpStatus, RetentionPlan } from '#shared/model/http.ts';
import { SettingsPage } from './settings-page.tsx';

const OFF = { enabled: false, url: null, trouble: null };
const QUIET: HttpStatus = {
  api: { ...OFF, tenants: [], auth: true },
  metrics: OFF,
  otlp_in: { ...OFF, received_spans: 0, rejected_spans: 0, deferred_requests: 0 },
  otlp_out: {
    enabled: false,
    endpoint: null,
    sent_jobs: 0,
    waiting_jobs: 0,
    last_sent_at: null,
    trouble: null,
  },
};
let root: Root;
let host: HTMLElement;
let engine: FakeEngine;
let kept: Settings;
let status: HttpStatus;

function show(section: string, answers: Answers = {}): void {
  engine = fakeEngine({
    'settings.get': () => kept,
    'settings.set': (next: Settings) => {
      kept = settingsSchema.parse(next);
      return kept;
    },
    'http.status': () => status,
    'secrets.list': () => [{ name: 'COLLECTOR', kept_in: 'environment' }],
    'agents.list': () => [],
    'archive.targets': () => [],
    'archive.outbox.list': () => ({ entries: [], total: 0 }),
    'costs.budget': () => ({ day_usd: null, job_usd: null, spent_today_usd: 0, committed_usd: 0 }),
    'offers.models': () => [],
    'offers.market': () => ({ market: 'demo', has_key: false, base_url: null }),
    ...answers,
  });
  root.render(
    <MantineProvider theme={theme}>
      <ApiProvider connection={engine.connection} queryClient={createQueryClient()}>
        <SettingsPage section={section} />
      </ApiProvider>
    </MantineProvider>,
  );
}
const until = (what: () => unknown): Promise<unknown> => expect.poll(what, { timeout: 8_000 }).toBeTruthy();
const section = (name: string): string => host.querySelector(`[data-section="${name}"]`)?.textContent ?? '';

beforeEach(async () => {
  await page.viewport(1440, 900);
  kept = settingsSchema.parse({});
  status = QUIET;
  host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset:0;display:flex;flex-direction:column';
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  host.remove();
  engine.connection.dispose();
});

describe('settings of HTTP', () => {
  it('turn parts on and move their ports', async () => {
    show('http');
    await page.getByRole('switch', { name: /^Receive spans/ }).click({ force: true });
    await expect.poll(() => kept.http.otlp_in).toEqual({ enabled: true, port: 4318 });
    await page.getByRole('textbox', { name: 'Port: Metrics' }).fill('9999');
    await userEvent.tab();
    await expect.poll(() => kept.http.metrics).toEqual({ enabled: false, port: 9999 });
    expect(kept.http.otlp_in.enabled).toBe(true);
  });

  it('say what listens, who may call, and what an agent has to be told', async () => {
    status = {
      ...QUIET,
      api: { ...OFF, enabled: true, url: 'http://127.0.0.1:8080', tenants: ['acme', 'beta'], auth: true },
      otlp_in: {
        enabled: true,
        url: 'http://127.0.0.1:4318',
        trouble: null,
        received_spans: 12_345,
        rejected_spans: 2,
        deferred_requests: 0,
      },
    };
    show('http');
    await until(() => section('http').includes('2 tenants have one: acme, beta'));
    expect(section('http')).toContain('export RUNE_API_TENANT=acme');
    expect(section('http')).toContain('export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318');
    expect(section('http')).toContain('spans received12.3 k');
    await expect
      .element(page.getByRole('button', { name: 'Copy: Variables for an agent that sends spans here' }))
      .toBeVisible();
  });

  it('say with its code why something does not listen', async () => {
    status = {
      ...QUIET,
      metrics: {
        enabled: true,
        url: null,
        trouble: { code: 'http.port_taken', message: 'Another program listens on port 9464.' },
      },
    };
    show('http');
    await until(() => section('http').includes('does not listen'));
    expect(host.querySelector('[data-section="http"] [role="alert"]')?.textContent).toBe(
      'Another program listens on port 9464. http.port_taken',
    );
  });

  it('take a collector, and a header by the name of its secret', async () => {
    show('http');
    const endpoint = page.getByRole('textbox', { name: 'Endpoint' });
    await endpoint.fill('collector:4318');
    await userEvent.tab();
    await until(() => section('http').includes('Must begin with http'));
    expect(kept.http.otlp_out.endpoint).toBeNull();
    await endpoint.fill('https://collector.example');
    await userEvent.tab();
    await expect.poll(() => kept.http.otlp_out.endpoint).toBe('https://collector.example');
    await page.getByRole('button', { name: 'Add header' }).click();
    const form = page.getByRole('form', { name: 'Header' });
    await expect.element(form.getByRole('button', { name: 'Save' })).toBeDisabled();
    await form.getByRole('combobox', { name: 'Secret' }).click();
    await page.getByRole('option', { name: 'COLLECTOR' }).click();
    await form.getByRole('button', { name: 'Save' }).click();
    await expect
      .poll(() => kept.http.otlp_out.headers)
      .toEqual([{ name: 'Authorization', secret: 'COLLECTOR' }]);
    await page.getByRole('button', { name: 'Remove the header Authorization' }).click();
    await expect.poll(() => kept.http.otlp_out.headers).toEqual([]);
  });
});

describe('settings of remotes', () => {
  it('add one, test it, and remove it by its name', async () => {
    let answers = false;
    show('remotes', {
      'sources.connect': () =>
        answers
          ? { source: 'remote:lab-server', notes: ['Starts are inferred.'] }
          : fail({ code: 'remote.unauthorized', message: 'The lab refuses the token.' }),
    });
    await page.getByRole('button', { name: 'Add remote' }).click();
    const form = page.getByRole('form', { name: 'New remote' });
    await form.getByRole('textbox', { name: 'Name' }).fill('Lab server');
    await expect.element(form.getByRole('button', { name: 'Save' })).toBeDisabled();
    await form.getByRole('textbox', { name: 'URL' }).fill('http://lab:8080');
    await form.getByRole('combobox', { name: 'Token' }).click();
    await page.getByRole('option', { name: 'COLLECTOR' }).click();
    await form.getByRole('button', { name: 'Save' }).click();
    await expect
      .poll(() => kept.remotes)
      .toEqual([
        {
          id: 'lab-server',
          name: 'Lab server',
          url: 'http://lab:8080',
          tenant: 'default',
          token_secret: 'COLLECTOR',
        },
      ]);
    await page.getByRole('button', { name: 'Test Lab server' }).click();
    await until(() => section('remotes').includes('remote.unauthorized'));
    answers = true;
    await page.getByRole('button', { name: 'Test Lab server' }).click();
    await until(() => section('remotes').includes('It answers'));
    expect(section('remotes')).toContain('Starts are inferred.');
    expect(engine.inputsOf('sources.connect')).toEqual([{ remote: 'lab-server' }, { remote: 'lab-server' }]);
    await page.getByRole('button', { name: 'Remove Lab server…' }).click();
    await page.getByRole('button', { name: 'Remove Lab server', exact: true }).click();
    await expect.poll(() => kept.remotes).toEqual([]);
  });

  it('keep what was typed where the engine refuses it', async () => {
    show('remotes', {
      'settings.set': () => fail({ code: 'settings.invalid', message: 'No such place.' }),
    });
    await page.getByRole('button', { name: 'Add remote' }).click();
    const form = page.getByRole('form', { name: 'New remote' });
    await form.getByRole('textbox', { name: 'Name' }).fill('X');
    await form.getByRole('textbox', { name: 'URL' }).fill('http://x');
    await form.getByRole('button', { name: 'Save' }).click();
    await expect.element(form.getByText('No such place.')).toBeVisible();
    await expect.element(form.getByRole('textbox', { name: 'URL' })).toHaveValue('http://x');
  });
});

describe('settings of retention', () => {
  const plan: RetentionPlan = {
    jobs: 3,
    bytes: 4_100_000,
    oldest_at: 1_790_000_000,
    newest_at: 1_790_100_000,
    kept_unarchived: 2,
    sample: [{ job_id: 'aaaaaaaa-1', finished_at: 1_790_000_000 }],
    token: 'agreed',
  };

  it('take limits, and say in words what is none', async () => {
    show('retention');
    await until(() => section('retention').includes('No rule is set'));
    const age = page.getByRole('textbox', { name: 'Delete jobs older than' });
    await age.fill('a month');
    await userEvent.tab();
    await until(() => section('retention').includes('Give a number of days'));
    await age.fill('30');
    await userEvent.tab();
    await expect.poll(() => kept.retention).toEqual({ max_age_days: 30, max_gb: null });
    await age.fill('');
    await userEvent.tab();
    await expect.poll(() => kept.retention.max_age_days).toBeNull();
  });

  it('show what would go, and delete that only when it is confirmed by number', async () => {
    kept = settingsSchema.parse({ retention: { max_age_days: 30 } });
    show('retention', {
      'retention.preview': () => plan,
      'retention.run': () => ({ deleted: 3, bytes: 4_100_000 }),
    });
    await page.getByRole('button', { name: 'Show what would be deleted now' }).click();
    await until(() => section('retention').includes('3 jobs, about 4.1 MB'));
    expect(section('retention')).toContain('2 jobs would have to go, too, but are not in every archive yet');
    expect(section('retention')).toContain('and 2 more');
    await page.getByRole('button', { name: 'Delete 3 jobs now…' }).click();
    await page.getByRole('button', { name: 'Keep', exact: true }).click();
    expect(engine.inputsOf('retention.run')).toEqual([]);
    await page.getByRole('button', { name: 'Delete 3 jobs now…' }).click();
    await page.getByRole('button', { name: 'Delete 3 jobs, 4.1 MB' }).click();
    await until(() => section('retention').includes('3 jobs deleted, about 4.1 MB'));
    expect(engine.inputsOf('retention.run')).toEqual([{ token: 'agreed' }]);
    await expect.element(page.getByRole('button', { name: 'Delete 3 jobs now…' })).not.toBeInTheDocument();
  });

  it('say with its code what was not deleted, and look again', async () => {
    kept = settingsSchema.parse({ retention: { max_gb: 1 } });
    show('retention', {
      'retention.preview': () => plan,
      'retention.run': () => fail({ code: 'retention.stale', message: 'The settings have changed.' }),
    });
    await page.getByRole('button', { name: 'Show what would be deleted now' }).click();
    await page.getByRole('button', { name: 'Delete 3 jobs now…' }).click();
    await page.getByRole('button', { name: 'Delete 3 jobs, 4.1 MB' }).click();
    await until(() => section('retention').includes('retention.stale'));
    await page.getByRole('button', { name: 'Try again' }).click();
    await until(() => !section('retention').includes('retention.stale'));
    expect(engine.inputsOf('retention.preview')).toHaveLength(2);
  });
});
