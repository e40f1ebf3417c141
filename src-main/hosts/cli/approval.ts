import { createInterface } from 'node:readline/promises';
import type { Client } from '#core/engine.ts';
import { formatPercent, formatUsd, formatUsdUp } from '#shared/lib/format.ts';
import type { GateReport } from '#shared/model/costs.ts';
import { CodedError, type FailureCode } from '#shared/model/failure.ts';
import type { Usd } from '#shared/model/units.ts';
import { failureFrom } from './exit-code.ts';

type Wanted = Omit<Parameters<Client['jobs']['create']>[0], 'approved_usd'>;
type Made = Awaited<ReturnType<Client['jobs']['create']>>;

/** With what the spend gate refuses a job. */
export const isGateRefusal = (code: FailureCode): boolean =>
  code === 'cost.approval_needed' || code === 'cost.budget_exceeded' || code === 'cost.unpriced';

/** A price may rise between question and answer; more often than this, something else is wrong. */
const MAX_QUESTIONS = 3;

/**
 * Makes a job. Where the spend gate asks, `approve` answers with the amount that is agreed to, or null; without one the
 * gate's own refusal is thrown.
 */
export async function createApproved(
  client: Client,
  wanted: Wanted,
  approve: (report: GateReport) => Promise<Usd | null>,
): Promise<Made> {
  let approved_usd: Usd | null = null;
  for (let asked = 0; ; asked++) {
    try {
      return await client.jobs.create({ ...wanted, approved_usd });
    } catch (thrown) {
      if (failureFrom(thrown).code !== 'cost.approval_needed' || asked >= MAX_QUESTIONS) throw thrown;
      const report = await client.costs.gate({ kind: wanted.kind, request: wanted.request });
      if (report.decision === 'refuse' && report.failure !== null)
        throw new CodedError(report.failure.code, report.failure.message);
      approved_usd = await approve(report);
      if (approved_usd === null) throw thrown;
    }
  }
}

/** Where a question may be put, and whether somebody is there to answer it. */
export interface Asking {
  readonly yes: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Aborts when the user interrupts instead of answering. */
  readonly signal: AbortSignal;
}

/** `--yes` agrees to the upper end. Otherwise a person is asked; in CI, and where nobody sees it, nobody agrees. */
export async function approveCost(report: GateReport, asking: Asking): Promise<Usd | null> {
  const high = report.estimate?.cost_high_usd ?? null;
  if (high === null || asking.yes) return high;
  return (await confirm(questionOf(report), asking)) === true ? high : null;
}

/** What a person answers; null where nobody is there to be asked. Throws when the user interrupts instead. */
export async function confirm(question: string, asking: Omit<Asking, 'yes'>): Promise<boolean | null> {
  const { env, stdin, stderr, signal } = asking;
  if (isCi(env) || stdin.isTTY !== true || stderr.isTTY !== true) return null;
  // Not as a terminal: Ctrl-C has to reach this process as a signal.
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    const answer = await Promise.race([
      lines.question(question, { signal }),
      new Promise<string>((resolve) => lines.once('close', () => resolve(''))),
    ]);
    return /^\s*y(es)?\s*$/i.test(answer);
  } catch (thrown) {
    if (signal.aborted) throw new CodedError('job.cancelled', 'Interrupted before anything was done.');
    throw thrown;
  } finally {
    lines.close();
  }
}

export function questionOf({ estimate, threshold_usd, chance_over_threshold }: GateReport): string {
  const low = formatUsd(estimate?.cost_low_usd);
  const high = formatUsdUp(estimate?.cost_high_usd);
  const chance = `${formatPercent(chance_over_threshold)} chance to exceed ${formatUsd(threshold_usd)}`;
  return `This job will probably cost ${formatUsd(estimate?.projected_cost_usd)} (${low}..${high}, ${chance}). Run? [y/N] `;
}

/** As CI systems set it; what says no in words is taken at its word. */
const isCi = ({ CI = '' }: Asking['env']): boolean => !/^\s*(|0|false|no|off)\s*$/i.test(CI);
