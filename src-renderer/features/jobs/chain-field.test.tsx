import '@mantine/core/styles.css';
import '#renderer/styles/tokens.css';
import '#renderer/styles/base.css';
import { MantineProvider } from '@mantine/core';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import { Router } from 'wouter';
import { theme } from '#renderer/app/theme.ts';
import { useHashPath } from '#renderer/client/hash-location.ts';
import { ApiProvider, createQueryClient } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { type Answers, type FakeEngine, fail, fakeEngine } from '#renderer/client/testing.ts';
import { ActionProvider } from '#renderer/widgets/actions/use-actions.tsx';
import { settingsSchema } from '#shared/contract/settings.ts';
import { NewJobPage } from './new-job-page.tsx';

let root: Root;
let host: HTMLElement;
let engine: FakeEngine;

function show(answers: Answers = {}): void {
  engine = fakeEngine({
    'settings.get': () => settingsSchema.parse({}),
    'backends.discover': () => [],
    'backends.models': () => [],
    'agents.list': () => [],
    'costs.gate': () => fail({ code: 'request.invalid', message: 'Not yet.' }),
    'jobs.create': () => ({ job_id: 'c-1', created: true }),
    ...answers,
  });
  root.render(
    <MantineProvider theme={theme}>
      <ApiProvider connection={engine.connection} queryClient={createQueryClient()}>
        <ActionProvider>
          <Router hook={useHashPath}>
            <NewJobPage />
          </Router>
        </ActionProvider>
      </ApiProvider>
    </MantineProvider>,
  );
}
const text = () => page.getByRole('textbox', { name: 'Steps' });
const area = (): HTMLTextAreaElement => text().element() as HTMLTextAreaElement;
const start = () => page.getByRole('button', { name: 'Start job' });
const plan = (): readonly string[] =>
  [...host.querySelectorAll('[aria-label="How the steps would run"] li')].map(
    (step) => step.textContent ?? '',
  );

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

describe('the form of a chain', () => {
  it('begins with an example that runs, drawn as it would', async () => {
    show();
    await page.getByText('chain', { exact: true }).click();
    await expect
      .poll(plan, { timeout: 8_000 })
      .toEqual(['symptomsprompt', 'causesprompt', 'risksprompt', 'planprompt']);
    await start().click();
    await expect.poll(() => window.location.hash).toBe(`#${paths.job('own', 'c-1')}`);
    expect(engine.inputsOf('jobs.create')).toEqual([
      expect.objectContaining({
        kind: 'chain',
        request: expect.objectContaining({
          backend_type: 'demo',
          name: 'crash-loop',
          context: { pod: 'checkout-7c9d', namespace: 'shop' },
        }),
      }),
    ]);
    expect((engine.inputsOf('jobs.create')[0] as { request: object }).request).not.toHaveProperty('question');
  });

  it('says at its line what is wrong, leads there, and starts nothing before it is right', async () => {
    show();
    await page.getByText('chain', { exact: true }).click();
    await expect.element(start()).toBeEnabled();
    const good = area().value;
    await text().fill(good.replace('dependencies: [symptoms]', 'dependencies: [symptom]'));
    await expect.element(page.getByText(/depends on "symptom"/)).toBeVisible();
    await expect.element(start()).toBeDisabled();
    await expect.element(text()).toHaveAttribute('aria-invalid', 'true');
    await page.getByRole('button', { name: /Line 10$/ }).click();
    await expect.element(text()).toHaveFocus();
    expect(area().value.slice(area().selectionStart, area().selectionEnd)).toBe('  - name: causes');
    const gutter = area().previousElementSibling?.getBoundingClientRect();
    const box = area().getBoundingClientRect();
    expect(gutter?.height).toBeCloseTo(box.height, 0);
    expect(box.top).toBeGreaterThanOrEqual(0);
    expect(box.bottom).toBeLessThan(700);
    await page.getByRole('button', { name: 'Replace by the example' }).click();
    await expect.element(start()).toBeEnabled();
    expect(area().value).toBe(good);
  });

  it('lets a question without a value through with a warning', async () => {
    show();
    await page.getByText('chain', { exact: true }).click();
    await text().fill('steps:\n  - name: one\n    question_template: Why {pod}?\n');
    await expect.element(page.getByText(/\{pod\} is neither in the context/)).toBeVisible();
    await expect.element(start()).toBeEnabled();
  });

  it('of a job that is run again holds its steps as YAML', async () => {
    window.location.hash = paths.newJob({ source: 'own', jobId: 'old' });
    const steps = [{ name: 'one', agent: 'prompt', question_template: 'Why?\nTell me.\n', dependencies: [] }];
    show({
      'jobs.get': () => ({
        job_id: 'old',
        kind: 'chain',
        tenant_id: 'lab',
        request: {
          backend_type: 'demo',
          backend_url: null,
          model: 'demo',
          name: 'again',
          steps,
          context: {},
        },
      }),
    });
    await expect.poll(() => area().value).toContain('    question_template: |\n      Why?\n      Tell me.\n');
    await expect.element(start()).toBeEnabled();
    await start().click();
    await expect.poll(() => engine.inputsOf('jobs.create').length).toBe(1);
    expect(engine.inputsOf('jobs.create')[0]).toMatchObject({
      kind: 'chain',
      tenant_id: 'lab',
      request: { name: 'again', steps, model: 'demo' },
    });
  });
});
