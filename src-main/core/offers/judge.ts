import type { Settings } from '#shared/contract/settings.ts';
import { findModel, fitOf, modelsThatFit, modelTable } from '#shared/model/model-fit.ts';
import { hiddenBy, violationsOf } from '#shared/model/offer-filter.ts';
import { becauseOf, isEligible, JOB_AXES, offerFront } from '#shared/model/offer-front.ts';
import type { FitModel, Offer, OfferFilter, PricedOffer } from '#shared/model/offers.ts';
import { type PredictDeps, predict } from './predict.ts';

export interface JudgeDeps extends PredictDeps {
  readonly settings: Settings['offers'];
  /** The model asked about; '' for the largest that fits each. */
  readonly model: string;
}

/** GB of disk when no model says how many it needs. */
const DISK_GB = 40;

/** With how much storage offers are asked for, for a model. */
export function storageFor(model: string, { models }: Settings['offers']): number {
  return model.trim() === '' ? DISK_GB : (findModel(model, modelTable(models))?.required_disk_gb ?? DISK_GB);
}

/** What each offer means for the job, in the order given; a front is of many, and not looked for here. */
export function judge(
  offers: readonly Offer[],
  filter: Omit<OfferFilter, 'defaults'> | null,
  deps: JudgeDeps,
): readonly PricedOffer[] {
  const { settings } = deps;
  const table = modelTable(settings.models);
  const asked = deps.model.trim() === '' ? null : findModel(deps.model, table);
  const wantsLargest = deps.model.trim() === '';
  const [hosts, machines] = [new Set(settings.blocked_hosts), new Set(settings.blocked_machines)];
  return offers.map((offer) => {
    const fitting = modelsThatFit(offer, table);
    const model = wantsLargest ? (fitting[0] ?? null) : asked;
    const fit = model === null ? null : fitOf(offer, model, wantsLargest ? null : (deps.disk_gb ?? null));
    const predicted = fit?.fits === true && model !== null ? predict(offer, model, deps) : null;
    return {
      ...offer,
      usd_per_job: predicted?.usd_per_job ?? null,
      seconds_per_job: predicted?.seconds_per_job ?? null,
      parts: predicted?.parts ?? null,
      interruption: predicted?.interruption ?? null,
      fit,
      models: namesOf(fitting),
      violations: filter === null ? NO_VIOLATIONS : violationsOf(offer, filter),
      blocked: isIn(hosts, offer.host_id) ? 'host' : isIn(machines, offer.machine_id) ? 'machine' : null,
      pareto: false,
      dominated_by: null,
    };
  });
}

const NO_VIOLATIONS: PricedOffer['violations'] = [];
const namesOf = (models: readonly FitModel[]): readonly string[] => models.map(({ model }) => model);
const isIn = (ids: ReadonlySet<number>, id: number | null): boolean => id !== null && ids.has(id);

/** Without what only the market's defaults hide, and how many these are. */
export function withoutHidden(
  offers: readonly Offer[],
  { defaults, ...filter }: OfferFilter,
): { readonly shown: readonly Offer[]; readonly hidden: number } {
  const shown: Offer[] = [];
  let hidden = 0;
  for (const offer of offers) {
    if (!hiddenBy(offer, defaults)) shown.push(offer);
    else if (violationsOf(offer, filter).length === 0) hidden += 1;
  }
  return { shown, hidden };
}

/** Which of them nothing beats, and what beats the others. */
export function withFront(offers: readonly PricedOffer[]): readonly PricedOffer[] {
  const { front, dominatedBy } = offerFront(offers, JOB_AXES);
  const best = new Set(front);
  return offers.map((offer, i) => {
    const by = offers[dominatedBy[i] ?? -1];
    return {
      ...offer,
      pareto: best.has(i),
      dominated_by: by === undefined ? null : { id: by.id, because: becauseOf(offer, by, JOB_AXES) },
    };
  });
}

/** The cheapest per job first; then those without a prediction by their price; last what must not be rented. */
export function byCost(a: PricedOffer, b: PricedOffer): number {
  const [canA, canB] = [isEligible(a), isEligible(b)];
  if (canA !== canB) return canA ? -1 : 1;
  const [usdA, usdB] = [a.usd_per_job?.p50 ?? null, b.usd_per_job?.p50 ?? null];
  if (usdA !== null && usdB !== null && usdA !== usdB) return usdA - usdB;
  if ((usdA === null) !== (usdB === null)) return usdA === null ? 1 : -1;
  return a.dph_total - b.dph_total || a.id - b.id;
}
