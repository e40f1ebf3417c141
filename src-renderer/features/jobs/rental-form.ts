import type { JobKind, JsonObject } from '#shared/model/job.ts';
import type { Usd } from '#shared/model/units.ts';

/** A machine that is rented for the job, as the form holds it: one offer, or what it must be. */
export interface RentalForm {
  /** This offer and no other; null: whichever fits what follows. */
  readonly offerId: number | null;
  /** Dollars an hour, as typed; empty: no limit. */
  readonly minDph: string;
  readonly maxDph: string;
  /** In percent, as typed. */
  readonly reliability: string;
  readonly gpuNames: readonly string[];
  /** Destroyed when its job ends. */
  readonly stops: boolean;
  /** Fields that the form does not show; sent along unchanged. */
  readonly others: JsonObject;
}

export const EMPTY_RENTAL: RentalForm = {
  offerId: null,
  minDph: '',
  maxDph: '',
  reliability: '',
  gpuNames: [],
  stops: true,
  others: {},
};

/** Kinds that can have a machine rented. */
export const canRent = (kind: JobKind): boolean => kind === 'benchmark' || kind === 'llm-instance';

/** Without what binary fractions leave over: 0.991 and 99.1 % are the same. */
const tidy = (value: number): number => Number(value.toPrecision(12));

const SHOWN = new Set(['offer_id', 'min_dph', 'max_dph', 'reliability', 'gpu_name', 'stop_instance']);

/** The form of a request's machine; null where it rents none. */
export function rentalOfRequest(provisioning: unknown): RentalForm | null {
  const wanted = isObject(provisioning) ? provisioning.vastai : null;
  if (!isObject(wanted)) return null;
  const limit = (name: string, factor = 1): string => {
    const value = wanted[name];
    return typeof value === 'number' && value > 0 ? String(tidy(value * factor)) : '';
  };
  const names = wanted.gpu_name;
  return {
    offerId: typeof wanted.offer_id === 'number' ? wanted.offer_id : null,
    minDph: limit('min_dph'),
    maxDph: limit('max_dph'),
    reliability: limit('reliability', 100),
    gpuNames: Array.isArray(names) ? names.filter((one) => typeof one === 'string') : [],
    stops: wanted.stop_instance !== false,
    others: Object.fromEntries(Object.entries(wanted).filter(([name]) => !SHOWN.has(name))),
  };
}

/** As the request has it. What is not a number goes as it was typed: the engine says what is wrong. */
export function rentalRequest(form: RentalForm): JsonObject {
  const limit = (name: string, text: string, factor = 1): JsonObject => {
    if (text.trim() === '') return {};
    const value = Number(text.trim().replace(/^\$|\s*%$/g, ''));
    return { [name]: Number.isNaN(value) ? text : tidy(value * factor) };
  };
  return {
    ...form.others,
    ...(form.offerId === null ? {} : { offer_id: form.offerId }),
    ...limit('max_dph', form.maxDph),
    ...limit('min_dph', form.minDph),
    ...limit('reliability', form.reliability, 0.01),
    ...(form.gpuNames.length === 0 ? {} : { gpu_name: [...form.gpuNames] }),
    stop_instance: form.stops,
  };
}

/** How much dearer an offer may have become until it is rented. */
const SLACK = 1.05;

/** What an hour may cost at most, of what was quoted: 5 % more, up to the next hundredth of a cent. */
export const mostPerHour = (quoted: Usd): Usd => tidy(Math.ceil(tidy(quoted * SLACK * 10_000)) / 10_000);

function isObject(value: unknown): value is Readonly<Record<string, JsonObject[string]>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
