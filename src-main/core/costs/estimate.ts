import { span } from '#core/telemetry/span.ts';
import type { Settings } from '#shared/contract/settings.ts';
import type { Assumed, CostEstimate, EstimateGround, PriceUsed } from '#shared/model/estimate.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Seconds, Usd } from '#shared/model/units.ts';
import { energyCost, hourCost, tokenCost } from './actual.ts';
import { basisOf } from './basis.ts';
import { estimateChain } from './chain-estimate.ts';
import { defaultsOf, defaultTokensIn } from './defaults.ts';
import { type Doubt, doubtOf } from './doubt.ts';
import { localPrice } from './local.ts';
import { requireDuration } from './plan.ts';
import type { Comparable, CostHistory, CostPlan, Prices, PriceWanted, Quote, Residuals } from './seams.ts';
import { impactOf, warningOf } from './warnings.ts';

export interface EstimatorDeps {
  readonly prices: Prices;
  readonly history: CostHistory;
  settings(): Settings;
  /** The catalogue's scope of an agent; null for a name that it does not hold. */
  scopeOf(agent: string): string | null;
}

/** The CostEstimation boundary: one `cost.estimate` span per estimate, inside jobs and outside. */
export interface Estimator {
  /** Throws `cost.unpriced` where nobody prices what is wanted, and `request.invalid` for an absurd duration. */
  estimate(plan: CostPlan, signal: AbortSignal): Promise<CostEstimate>;
}

/** The level of [cost_low_usd, cost_high_usd]. */
const COVERAGE = 0.8;

type Tokens = NonNullable<EstimateGround['tokens']>;

const DEFAULT = { source: 'default', n: 0, group: null } as const;

export function createEstimator({ prices, history, settings, scopeOf }: EstimatorDeps): Estimator {
  async function quoteOf(wanted: PriceWanted, signal: AbortSignal): Promise<Quote> {
    if (wanted.kind === 'local') return { price: localPrice(wanted, settings().local_cost), warning: null };
    const quote = await prices.quote(wanted, signal);
    if (quote === null) throw unpriced(wanted);
    return quote;
  }

  /** A prediction for one machine knows more than our default, and less than jobs that ran. */
  function durationOf(
    { comparable, duration_seconds }: CostPlan,
    predicted: Quote['duration'],
  ): Assumed<Seconds> {
    if (duration_seconds !== null)
      return { value: requireDuration(duration_seconds), source: 'given', n: 0, group: null };
    const known = history.duration(comparable);
    if (known !== null) return known;
    if (predicted !== undefined)
      return { value: requireDuration(predicted.seconds), source: 'predicted', n: 0, group: null };
    return { ...DEFAULT, value: defaultsOf(comparable, scopeOf).duration_seconds };
  }

  /** Of one job; where the caller gave a duration, of as many as fill it. */
  function tokensOf({ comparable, duration_seconds, sent_tokens = 0 }: CostPlan): Tokens {
    const known = history.tokens(comparable);
    if (duration_seconds === null) {
      const { source, value, ...rest } = known ?? {
        ...DEFAULT,
        value: defaultsOf(comparable, scopeOf).tokens,
      };
      return { ...rest, source, value: { ...value, input: Math.max(value.input, sent_tokens) } };
    }
    const one = known === null ? null : history.duration(comparable);
    if (known === null || one === null) return { ...DEFAULT, value: defaultTokensIn(duration_seconds) };
    const jobs = duration_seconds / one.value;
    return { ...known, value: { input: known.value.input * jobs, output: known.value.output * jobs } };
  }

  /** A given duration is judged as the best of ours are; a default of ours by the prior alone. */
  function residualsOf(comparable: Comparable, { source, alike }: Assumed<unknown>): Residuals | null {
    if (source === 'default' || source === 'predicted') return null;
    return history.residuals(comparable, source === 'given' || alike === undefined ? 'agent' : alike);
  }

  async function estimateOf(plan: CostPlan, signal: AbortSignal): Promise<CostEstimate> {
    const { comparable, wanted } = plan;
    const { price, warning, duration: predicted } = await quoteOf(wanted, signal);
    const duration_seconds = durationOf(plan, predicted);
    const tokens = price.rate.per === 'million_tokens' ? tokensOf(plan) : null;
    const projected = projectedCost(price, duration_seconds.value, tokens);
    if (!Number.isFinite(projected)) throw beyondAmounts();
    const residuals = residualsOf(comparable, tokens ?? duration_seconds);
    const isLocal = wanted.kind === 'local';
    const doubt = doubtOf({
      amount:
        tokens === null
          ? {
              name: 'duration',
              source: duration_seconds.source,
              ...(duration_seconds.source === 'predicted' && { log_sigma: predicted?.log_sigma }),
            }
          : { name: 'tokens', source: tokens.source },
      price,
      isLocal,
      residuals,
    });
    const rests_on: EstimateGround = {
      price,
      duration_seconds,
      tokens,
      doubt:
        doubt.from === 'history' && residuals !== null
          ? { from: 'history', n: residuals.values.length, group: residuals.group }
          : { from: 'prior', n: 0, group: null },
    };
    const interval = intervalsOf(projected, doubt);
    return {
      projected_cost_usd: projected,
      cost_driver: comparable.provider,
      resource_impact: impactOf(comparable.provider, projected),
      // What is bought elsewhere uses no energy here.
      local_energy_kwh: price.rate.per === 'kwh' ? energyCost(price.rate, duration_seconds.value).kwh : 0,
      confidence_score: doubt.confidence,
      warning: warningOf(price, warning, besideInterval(projected, interval)),
      ...interval,
      basis: basisOf(rests_on, plan.sent_tokens),
      drivers: doubt.drivers,
      rests_on,
    };
  }

  return {
    estimate: (plan, signal) =>
      span(
        'cost.estimate',
        { provider: plan.comparable.provider, confidence_score: null },
        async (handle) => {
          const estimate =
            plan.steps === undefined
              ? await estimateOf(plan, signal)
              : await estimateChain(plan.steps, (step) => estimateOf(step, signal));
          handle.set('confidence_score', estimate.confidence_score);
          handle.set('projected_cost_usd', estimate.projected_cost_usd);
          return estimate;
        },
      ),
  };
}

function projectedCost({ rate }: PriceUsed, seconds: Seconds, tokens: Tokens | null): Usd {
  switch (rate.per) {
    case 'kwh':
      return energyCost(rate, seconds).usd;
    case 'hour':
      return hourCost(rate, seconds);
    case 'million_tokens':
      return tokenCost(rate, tokens?.value ?? { input: 0, output: 0 });
  }
}

type Interval = Pick<CostEstimate, 'cost_low_usd' | 'cost_high_usd' | 'coverage' | 'intervals'>;

function intervalsOf(projected: Usd, doubt: Doubt): Interval {
  // An end that no double holds would be null in JSON, and that says unknown.
  const at = (log: number): Usd =>
    projected === 0 ? 0 : Math.min(Number.MAX_VALUE, projected * Math.exp(log));
  const intervals = doubt.intervals.map(({ coverage, low, high }) => ({
    coverage,
    low_usd: at(low),
    high_usd: at(high),
  }));
  const stated = intervals.find(({ coverage }) => coverage === COVERAGE);
  return {
    cost_low_usd: stated?.low_usd ?? null,
    cost_high_usd: stated?.high_usd ?? null,
    coverage: COVERAGE,
    intervals,
  };
}

/** Where all that came lay on one side of what was projected, so does the interval. */
function besideInterval(projected: Usd, { cost_low_usd, cost_high_usd }: Interval): string | null {
  const side =
    cost_low_usd !== null && cost_low_usd > projected
      ? ['more', 'above']
      : cost_high_usd !== null && cost_high_usd < projected
        ? ['less', 'below']
        : null;
  return side === null
    ? null
    : `Jobs like it cost ${side[0]} than was projected, so that the interval lies ${side[1]} the projected cost.`;
}

const beyondAmounts = (): CodedError =>
  new CodedError(
    'request.invalid',
    'The cost is beyond any amount: check the units of what was given. Durations are in seconds, power in watts, prices in USD.',
  );

function unpriced(wanted: Exclude<PriceWanted, { kind: 'local' }>): CodedError {
  const name =
    wanted.kind === 'tokens' ? wanted.model : wanted.kind === 'machine' ? wanted.name : (wanted.gpu ?? '');
  const provider = wanted.kind === 'rental' ? 'vastai' : wanted.provider;
  return new CodedError(
    'cost.unpriced',
    name === ''
      ? `No ${wanted.kind === 'tokens' ? 'model' : 'machine'} is named, so that ${provider} has no price for it: name one.`
      : `Nobody prices "${name}" on ${provider}: its cost is unknown, not zero. Add a price for ${provider}/${name.toLowerCase()} in Costs, under Prices.`,
  );
}
