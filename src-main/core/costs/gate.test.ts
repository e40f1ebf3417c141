import { describe, expect, it } from 'vitest';
import { parseRequest } from '#shared/contract/requests.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import type { BudgetStatus } from '#shared/model/costs.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Budget } from './budget.ts';
import { createGate } from './gate.ts';
import { planOf } from './plan.ts';

const never = new AbortController().signal;
const PAID = parseRequest('agentic-agent', {
  question: 'x',
  agent: 'prompt',
  backend_type: 'bedrock',
  model: 'm',
});
const costing = (cost_high_usd: number | null): CostEstimate =>
  ({ projected_cost_usd: 1, cost_low_usd: 1, cost_high_usd, intervals: [] }) as unknown as CostEstimate;

function gateOf(estimate: () => CostEstimate, budget: Partial<BudgetStatus> = {}) {
  const status = { day_usd: null, job_usd: null, spent_today_usd: 0, committed_usd: 0, ...budget };
  return createGate({
    planOf: (kind, request) => planOf(kind, request, settingsSchema.parse({}), () => null),
    estimator: { estimate: async () => estimate() },
    budget: { status: () => status } as unknown as Budget,
    settings: () => settingsSchema.parse({}),
    env: {},
    logger: { log: () => {} },
  });
}
const decide = async (high: number | null, approved: number | null, budget: Partial<BudgetStatus> = {}) => {
  const report = await gateOf(() => costing(high), budget).check('agentic-agent', PAID, approved, never);
  return report.failure?.code ?? report.decision;
};

describe('the gate stays shut', () => {
  it.each([null, Number.NaN, Number.POSITIVE_INFINITY, -1])('for an upper end of %s', async (high) => {
    expect(await decide(high, 1e9)).toBe('cost.unpriced');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 0, null])('for an approval of %s', async (approved) => {
    expect(await decide(6, approved)).toBe('cost.approval_needed');
  });

  it.each([
    [{ day_usd: Number.NaN }],
    [{ job_usd: Number.NaN }],
    [{ day_usd: 100, spent_today_usd: Number.NaN }],
    [{ day_usd: 100, committed_usd: Number.NaN }],
  ])('for a budget of %j', async (budget) => {
    expect(await decide(1, 1e9, budget)).toBe('cost.budget_exceeded');
  });

  it('when the estimate fails for any other reason', async () => {
    const gate = gateOf(() => {
      throw new CodedError('store.locked', 'Locked.');
    });
    await expect(gate.check('agentic-agent', PAID, 1e9, never)).rejects.toThrow('Locked');
    const entered: unknown[] = [];
    await expect(gate.admit('agentic-agent', PAID, 1e9, never, (pass) => entered.push(pass))).rejects.toThrow(
      'Locked',
    );
    expect(entered).toEqual([]);
  });

  it.each([6.01, Number.NaN, null])('at a job’s turn, for %s where $6.00 were allowed', (high) => {
    const gate = gateOf(() => costing(1));
    expect(() => gate.recheck({ job_id: 'j', allowed_usd: 6 }, costing(6))).not.toThrow();
    expect(() => gate.recheck({ job_id: 'j', allowed_usd: 6 }, costing(high))).toThrow(CodedError);
    expect(() => gate.recheck({ job_id: 'j', allowed_usd: Number.NaN }, costing(1))).toThrow(CodedError);
  });
});

describe('the gate opens', () => {
  it('at the threshold, at the approval, and at what a budget has left', async () => {
    expect(await decide(5, null)).toBe('allow');
    expect(await decide(6, 6)).toBe('allow');
    expect(await decide(5, null, { day_usd: 20, spent_today_usd: 10, committed_usd: 5, job_usd: 5 })).toBe(
      'allow',
    );
  });

  it('for an approval that a day in the queue has made a little too small, and for no more', async () => {
    expect(await decide(10.04, 10)).toBe('allow');
    expect(await decide(10.06, 10)).toBe('cost.approval_needed');
  });

  it('with a pass that holds what was looked at and what it may cost', async () => {
    const gate = gateOf(() => costing(6));
    const pass = await gate.admit('agentic-agent', PAID, 8, never, (made) => made);
    expect(pass.request).toBe(PAID);
    expect(pass.allowed_usd).toBeCloseTo(8.04, 12);
    expect(pass.paid?.estimate.cost_high_usd).toBe(6);
  });

  it('to the question what a job would cost, which buys nothing', async () => {
    const wanted = parseRequest('cost-estimate', { aws: true, model: 'g5.xlarge' });
    const pass = await gateOf(() => costing(1e6)).admit('cost-estimate', wanted, null, never, (made) => made);
    expect(pass.paid).toBeNull();
  });
});

describe('a rental of the demo market', () => {
  const rented = (backend_type: string) =>
    parseRequest('benchmark', { agent: 'prompt', backend_type, provisioning: { vastai: {} } });
  const spent = { day_usd: 0, job_usd: 0, spent_today_usd: 100 };

  it('is asked about, and fits into every budget', async () => {
    const gate = gateOf(() => costing(6), spent);
    const decide = async (backend_type: string, approved: number | null) =>
      (await gate.check('benchmark', rented(backend_type), approved, never)).failure?.code ?? 'allow';
    expect(await decide('demo', null)).toBe('cost.approval_needed');
    expect(await decide('demo', 6)).toBe('allow');
    expect(await decide('ollama', 6)).toBe('cost.budget_exceeded');
    expect(() => gate.recheck({ job_id: 'j', allowed_usd: 6, demo: true }, costing(6))).not.toThrow();
    expect(() => gate.recheck({ job_id: 'j', allowed_usd: 6 }, costing(6))).toThrow(CodedError);
    expect(() => gate.recheck({ job_id: 'j', allowed_usd: 5, demo: true }, costing(6))).toThrow(CodedError);
  });
});
