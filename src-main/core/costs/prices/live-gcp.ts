import { z } from 'zod';
import type { Usd } from '#shared/model/units.ts';
import type { BookMachine } from './book.ts';
import { fetchJson } from './http-json.ts';
import type { LivePrice } from './live.ts';
import { PriceTrouble, plausibleUsd } from './trouble.ts';

export const GCP_API = "Google's price list";
export const GCP_BILLING_URL = 'https://cloudbilling.googleapis.com';
/** Compute Engine. */
const SERVICE = '6F81-5844-456A';
const MAX_PAGES = 12;
const FIELDS = 'skus(description,category,serviceRegions,pricingInfo),nextPageToken';

const text = z.string().max(1024).catch('');
const sku = z.object({
  description: text,
  category: z.object({ usageType: text }).catch({ usageType: '' }),
  serviceRegions: z.array(z.string()).catch([]),
  pricingInfo: z
    .array(
      z.object({
        effectiveTime: text,
        pricingExpression: z.object({
          usageUnit: text,
          tieredRates: z.array(
            z.object({
              startUsageAmount: z.number().catch(0),
              unitPrice: z.object({
                currencyCode: text,
                units: z
                  .string()
                  .regex(/^-?\d{1,9}$/)
                  .optional()
                  .catch(undefined),
                nanos: z.number().optional().catch(undefined),
              }),
            }),
          ),
        }),
      }),
    )
    .catch([]),
});
type Sku = z.infer<typeof sku>;
const page = z.object({ skus: z.array(sku).max(20_000), nextPageToken: z.string().max(8192).nullish() });

export interface GcpAsk {
  readonly base: string;
  readonly key: string;
  readonly region: string;
  readonly machine: BookMachine;
}

/** The sum of a machine's parts: GPUs, vCPUs and memory are sold apart, and no list has whole machines. */
export async function askGcp(
  { base, key, region, machine }: GcpAsk,
  signal: AbortSignal,
): Promise<LivePrice | null> {
  const components = machine.components ?? [];
  const prices = new Map<string, Usd>();
  let token: string | null | undefined = '';
  for (let pages = 0; pages < MAX_PAGES && prices.size < components.length; pages++) {
    const query = new URLSearchParams({ currencyCode: 'USD', pageSize: '5000', fields: FIELDS });
    if (token) query.set('pageToken', token);
    const url = `${base}/v1/services/${SERVICE}/skus?${query}`;
    // In a header: addresses end up in logs, on both sides.
    const call = { api: GCP_API, url, headers: { 'x-goog-api-key': key } };
    const { skus, nextPageToken } = await fetchJson(call, page, signal);
    for (const one of skus) {
      const part = components.find((component) => isSold(one, component.sku, region));
      // Of several the dearest, so that nobody is surprised.
      if (part !== undefined) prices.set(part.sku, Math.max(prices.get(part.sku) ?? 0, priceOf(one)));
    }
    token = nextPageToken;
    if (!token) break;
  }
  if (components.length === 0 || prices.size < components.length) return null;
  const sum = components.reduce((total, part) => total + (prices.get(part.sku) ?? 0) * part.amount, 0);
  return {
    usd_hour: plausibleUsd(sum, 'USD', machine.usd_hour, GCP_API),
    origin: `Google Cloud Billing catalog, ${region}: GPU, vCPU and memory`,
    note: null,
    log_sigma: 0,
  };
}

/** "Nvidia Tesla A100 GPU running in Americas", on demand; not "… attached to Spot Preemptible VMs". */
const isSold = (one: Sku, start: string, region: string): boolean =>
  one.description.startsWith(`${start} running in`) &&
  one.category.usageType === 'OnDemand' &&
  one.serviceRegions.includes(region);

/** Per hour of one GPU, vCPU or GiB, as `units` and billionths of it. */
function priceOf({ pricingInfo }: Sku): Usd {
  const newest = pricingInfo.toSorted((a, b) => b.effectiveTime.localeCompare(a.effectiveTime))[0];
  const rate = newest?.pricingExpression.tieredRates.find(({ startUsageAmount }) => startUsageAmount === 0);
  const unit = newest?.pricingExpression.usageUnit;
  if (unit !== 'h' && unit !== 'GiBy.h')
    throw new PriceTrouble(`${GCP_API} was not used: a price is not by the hour.`, true);
  const price = rate?.unitPrice;
  const said = price?.units !== undefined || price?.nanos !== undefined;
  const usd = said ? Number(price.units ?? 0) + (price.nanos ?? 0) / 1e9 : undefined;
  // A part alone has no reference; the sum has.
  return plausibleUsd(usd, price?.currencyCode, null, GCP_API);
}
