import { z } from 'zod';
import type { EpochSeconds, Usd } from '#shared/model/units.ts';
import { fetchJson } from './http-json.ts';
import type { LivePrice } from './live.ts';
import { PriceTrouble, plausibleUsd } from './trouble.ts';

export const AZURE_API = "Azure's price list";
export const AZURE_PRICES_URL = 'https://prices.azure.com/api/retail/prices';
const API_VERSION = '2023-01-01-preview';
const MAX_PAGES = 5;
const DAY = 86_400;

const text = z.string().max(512).catch('');
const item = z.object({
  currencyCode: text,
  retailPrice: z.unknown().optional(),
  armRegionName: text,
  armSkuName: text,
  serviceName: text,
  type: text,
  unitOfMeasure: text,
  productName: text,
  skuName: text,
  meterName: text,
  effectiveStartDate: text,
  isPrimaryMeterRegion: z.boolean().catch(true),
  reservationTerm: z.unknown().optional(),
});
type Item = z.infer<typeof item>;
const page = z.object({ Items: z.array(item).max(5000), NextPageLink: z.string().max(8192).nullish() });
type Page = z.infer<typeof page>;

export interface AzureAsk {
  readonly base: string;
  readonly region: string;
  readonly sku: string;
  readonly reference: Usd | null;
  readonly now: EpochSeconds;
}

/** The hourly price on demand, Linux: of the rows that the API mixes, the newest that is in force. */
export async function askAzure(ask: AzureAsk, signal: AbortSignal): Promise<LivePrice | null> {
  const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;
  const query = new URLSearchParams({
    'api-version': API_VERSION,
    currencyCode: quoted('USD'),
    meterRegion: quoted('primary'),
    $filter: [
      "serviceName eq 'Virtual Machines'",
      `armRegionName eq ${quoted(ask.region)}`,
      `armSkuName eq ${quoted(ask.sku)}`,
      "priceType eq 'Consumption'",
    ].join(' and '),
  });
  let newest: Item | null = null;
  let url: string | null = `${ask.base}?${query}`;
  for (let pages = 0; url !== null && pages < MAX_PAGES; pages++) {
    const { Items, NextPageLink }: Page = await fetchJson({ api: AZURE_API, url }, page, signal);
    for (const row of Items) {
      if (isOnDemandLinux(row, ask) && (newest === null || startOf(row) > startOf(newest))) newest = row;
    }
    url = NextPageLink === null || NextPageLink === undefined ? null : nextPage(NextPageLink, ask.base);
  }
  if (newest === null) return null;
  return {
    usd_hour: plausibleUsd(newest.retailPrice, newest.currencyCode, ask.reference, AZURE_API),
    origin: `Azure retail prices, ${ask.region}`,
    note: null,
    log_sigma: 0,
  };
}

const startOf = ({ effectiveStartDate }: Item): number => Date.parse(effectiveStartDate) || 0;

const isOnDemandLinux = (row: Item, { sku, region, now }: AzureAsk): boolean =>
  row.serviceName === 'Virtual Machines' &&
  row.type === 'Consumption' &&
  row.unitOfMeasure === '1 Hour' &&
  row.armSkuName.toLowerCase() === sku.toLowerCase() &&
  row.armRegionName === region &&
  row.isPrimaryMeterRegion &&
  (row.reservationTerm === undefined || row.reservationTerm === null || row.reservationTerm === '') &&
  !/windows|cloud ?services|spot|low priority/i.test(`${row.productName} ${row.skuName} ${row.meterName}`) &&
  startOf(row) / 1000 <= now + DAY;

function nextPage(link: string, base: string): string {
  if (URL.parse(link)?.origin !== new URL(base).origin)
    throw new PriceTrouble(`${AZURE_API} was not used: it points to another server.`);
  return link;
}
