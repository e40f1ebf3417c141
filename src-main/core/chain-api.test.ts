import { afterEach, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench, SECRET_B } from './testing/api-bench.ts';
import { fakeDriverCommand } from './testing/fake-driver.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

async function open(): Promise<ApiBench> {
  const bench = await openApiBench({ RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('good') });
  cleanUp.push(() => bench.close());
  return bench;
}

const step = (name: string, ...dependencies: string[]) => ({
  name,
  agent: 'fake',
  question_template: `Why?${dependencies.map((one) => ` {${one}}`).join('')}`,
  dependencies,
});
/** With what rune-ui sends along with every job. */
const chain = (...steps: object[]) => ({ model: 'm', steps, region: '', vastai: false, min_dph: 0 });

describe('a chain over /v1', () => {
  it('is submitted as a job, and its state is served to its tenant alone', async () => {
    const { call } = await open();
    const made = await call('POST', '/v1/jobs/chain', { body: chain(step('b', 'a'), step('a')) });
    expect(made).toMatchObject({ status: 202, json: { status: 'accepted' } });
    const { job_id } = made.json as { readonly job_id: string };
    const path = `/v1/chains/${job_id}/state`;
    await expect
      .poll(async () => ((await call('GET', path)).json as { overall_status: string }).overall_status)
      .toBe('success');
    expect((await call('GET', path)).json).toMatchObject({
      run_id: job_id,
      nodes: [
        { id: 'b', agent_name: 'fake', status: 'success', error: null },
        { id: 'a', agent_name: 'fake', status: 'success', error: null },
      ],
      edges: [{ from: 'a', to: 'b' }],
    });
    expect((await call('GET', path, { token: SECRET_B })).status).toBe(404);
    await expect
      .poll(async () => ((await call('GET', `/v1/jobs/${job_id}`)).json as { status: string }).status)
      .toBe('succeeded');
  });

  it('is pending and empty for a job that is no chain', async () => {
    const { call } = await open();
    const body = { local_hardware: true };
    const { job_id } = (await call('POST', '/v1/jobs/cost-estimate', { body })).json as { job_id: string };
    expect((await call('GET', `/v1/chains/${job_id}/state`)).json).toEqual({
      run_id: job_id,
      overall_status: 'pending',
      nodes: [],
      edges: [],
    });
  });

  it.each([
    ['no steps', chain(), 'no steps'],
    ['a cycle', chain(step('a', 'b'), step('b', 'a')), '"a"'],
    ['an unknown dependency', chain(step('a', 'nobody')), '"nobody"'],
    ['1,000 steps', chain(...Array.from({ length: 1000 }, (_, i) => step(`s${i}`))), '"s64"'],
  ])('is refused with the name of the step: %s', async (_, body, says) => {
    const { call, engine } = await open();
    const { status, text } = await call('POST', '/v1/jobs/chain', { body });
    expect(status).toBe(400);
    expect(JSON.stringify(JSON.parse(text))).toContain(JSON.stringify(says).slice(1, -1));
    expect((await engine.client.jobs.list({})).total).toBe(0);
  });
});
