import { describe, expect, it } from 'vitest';
import type { EstimateOutcome } from '#shared/model/costs.ts';
import {
  errorTitle,
  estimatePlot,
  estimatesNote,
  estimatesTitle,
  ratioOf,
  runningMedian,
} from './estimates-data.ts';

const outcome = (changes: Partial<EstimateOutcome>): EstimateOutcome => ({
  job_id: 'j',
  estimated_at: 1,
  ended_at: 2,
  status: 'succeeded',
  tenant_id: 'default',
  kind: 'agentic-agent',
  provider: 'aws',
  backend_type: 'bedrock',
  model: null,
  agent: null,
  projected_usd: 1,
  low_usd: 0.5,
  high_usd: 2,
  confidence_score: 0.5,
  basis: '',
  actual_usd: 1,
  actual_basis: 'reported-tokens',
  ...changes,
});

describe('what estimates are judged by', () => {
  it('leaves out what no estimate was of, each with its reason', () => {
    const plot = estimatePlot([
      outcome({ ended_at: 9, actual_usd: 1.25 }),
      outcome({ ended_at: 3, actual_usd: 1.26 }),
      outcome({ ended_at: null, status: 'running', actual_usd: null }),
      outcome({ status: 'failed' }),
      outcome({ actual_usd: null }),
      outcome({ projected_usd: null }),
      outcome({ projected_usd: 0 }),
    ]);
    expect(plot.judged.map(({ at, ratio }) => [at, ratio])).toEqual([
      [3, 1.26],
      [9, 1.25],
    ]);
    expect(estimatesTitle(plot)).toBe('50.0 % of jobs cost within a factor of 1.25 of their estimate');
    expect(estimatesNote(plot)).toBe(
      'n 2; left out: 1 not ended, 1 failed or cancelled, 3 with an unknown cost; line: as estimated, band: within a factor of 1.25',
    );
  });

  it('groups by backend, the most frequent first', () => {
    const { groups, judged } = estimatePlot([
      outcome({ backend_type: 'ollama' }),
      outcome({}),
      outcome({}),
      outcome({ backend_type: null }),
    ]);
    expect(groups.map(({ key, n }) => [key, n])).toEqual([
      ['bedrock', 2],
      ['', 1],
      ['ollama', 1],
    ]);
    expect(judged.map(({ group }) => group)).toEqual([2, 0, 0, 1]);
  });

  it('follows the middle of the latest, not of all', () => {
    const drift = Array.from({ length: 70 }, (_, i) =>
      outcome({ ended_at: i, actual_usd: i < 35 ? 1 : 1.5 }),
    );
    const plot = estimatePlot(drift);
    const line = runningMedian(plot.judged);
    expect(line).toHaveLength(66);
    expect(line.at(0)?.ratio).toBe(1);
    expect(line.at(-1)?.ratio).toBe(1.5);
    expect(errorTitle(plot)).toBe('The middle one of the latest 31 jobs cost 1.5× its estimate');
    expect(errorTitle(estimatePlot([]))).toBe('How far off are estimates, over time?');
  });

  it('has no ratio where one of the two is unknown', () => {
    expect(ratioOf(outcome({ actual_usd: null }))).toBeNull();
    expect(ratioOf(outcome({ projected_usd: null }))).toBeNull();
    expect(ratioOf(outcome({ actual_usd: 3, projected_usd: 2 }))).toBe(1.5);
  });
});
