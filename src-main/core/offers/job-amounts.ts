import { defaultsOf } from '#core/costs/defaults.ts';
import type { CostHistory } from '#core/costs/seams.ts';
import { formatCount } from '#shared/lib/format.ts';
import type { OffersAnswer } from '#shared/model/offers.ts';
import type { JudgedJob } from './seams.ts';

export interface AmountsDeps {
  readonly history: CostHistory;
  /** The catalogue's scope of an agent; null for a name that it does not hold. */
  scopeOf(agent: string): string | null;
}

/** Tokens of the job that is asked about: the median of comparable jobs, wherever they ran, else our default. */
export function jobAmounts(job: JudgedJob, { history, scopeOf }: AmountsDeps): OffersAnswer['job'] {
  const model = job.model.trim();
  const about = { backend_type: job.backend_type, model: model || null, agent: job.agent || null };
  const rented = history.tokens({ provider: 'vastai', ...about });
  const own = isOfModel(rented?.alike) ? null : history.tokens({ provider: 'local', ...about });
  // What a job asks and answers does not depend on whose machine it is.
  const known = isOfModel(own?.alike) ? own : rented;
  const tokens = known?.value ?? defaultsOf({ provider: 'vastai', ...about }, scopeOf).tokens;
  const amount = `${formatCount(Math.round(tokens.input))} tokens in, ${formatCount(Math.round(tokens.output))} out`;
  const basis =
    known === null
      ? `${amount}: our default, as there is no history yet`
      : `${amount}: median of the last ${known.n} runs of ${known.group}`;
  return { model, tokens_in: tokens.input, tokens_out: tokens.output, basis };
}

const isOfModel = (alike: string | undefined): boolean => alike === 'agent' || alike === 'model';
