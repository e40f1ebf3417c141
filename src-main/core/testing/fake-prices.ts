import { type FakeServer, json, startFakeServer } from './fake-server.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A row of the Azure Retail Prices API as it is sent. */
export const azureRow = (fields: Fields = {}): Fields => ({
  currencyCode: 'USD',
  tierMinimumUnits: 0.0,
  retailPrice: 3.5,
  unitPrice: 3.5,
  armRegionName: 'eastus',
  location: 'US East',
  effectiveStartDate: '2024-03-01T00:00:00Z',
  meterId: '38b35d6b-a1d8-4d0e-a5de-5c1dd0d7d2b8',
  meterName: 'NC6s v3',
  productId: 'DZH318Z0BQ4V',
  skuId: 'DZH318Z0BQ4V/00Q9',
  productName: 'Virtual Machines NCSv3 Series',
  skuName: 'NC6s v3',
  serviceName: 'Virtual Machines',
  serviceId: 'DZH313Z7MMC8',
  serviceFamily: 'Compute',
  unitOfMeasure: '1 Hour',
  type: 'Consumption',
  isPrimaryMeterRegion: true,
  armSkuName: 'Standard_NC6s_v3',
  ...fields,
});

/** What Azure mixes with the one row that is meant, cheaper and dearer, and newer. */
export const AZURE_CHAFF: readonly Fields[] = [
  azureRow({
    productName: 'Virtual Machines NCSv3 Series Windows',
    retailPrice: 3.9,
    effectiveStartDate: '2026-01-01T00:00:00Z',
  }),
  azureRow({
    skuName: 'NC6s v3 Spot',
    meterName: 'NC6s v3 Spot',
    retailPrice: 0.4,
    effectiveStartDate: '2026-02-01T00:00:00Z',
  }),
  azureRow({
    skuName: 'NC6s v3 Low Priority',
    meterName: 'NC6s v3 Low Priority',
    retailPrice: 0.6,
    effectiveStartDate: '2026-02-01T00:00:00Z',
  }),
  azureRow({ type: 'Reservation', reservationTerm: '1 Year', retailPrice: 17_000 }),
  azureRow({ type: 'DevTestConsumption', retailPrice: 3.0, effectiveStartDate: '2026-02-01T00:00:00Z' }),
  azureRow({
    productName: 'NCSv3 Series Cloud Services',
    retailPrice: 3.1,
    effectiveStartDate: '2026-02-01T00:00:00Z',
  }),
  azureRow({ isPrimaryMeterRegion: false, retailPrice: 3.2, effectiveStartDate: '2026-02-01T00:00:00Z' }),
  azureRow({ armRegionName: 'westeurope', retailPrice: 4.1, effectiveStartDate: '2026-02-01T00:00:00Z' }),
  azureRow({ unitOfMeasure: '1/Month', retailPrice: 900, effectiveStartDate: '2026-02-01T00:00:00Z' }),
  azureRow({ retailPrice: 9.9, effectiveStartDate: '2099-01-01T00:00:00Z' }),
  azureRow({ retailPrice: 4.4, effectiveStartDate: '2020-01-01T00:00:00Z' }),
];

/** Azure's Retail Prices API: pages of rows, each with the link to the next. `nextLink` replaces the links. */
export async function startFakeAzurePrices(
  pages: readonly (readonly Fields[])[],
  nextLink?: string,
): Promise<FakeServer> {
  const server = await startFakeServer(({ query }) => {
    const at = Number(query.get('$skip') ?? 0);
    const Items = pages[at] ?? [];
    const next = at + 1 < pages.length ? `${server.url}/?$skip=${at + 1}` : null;
    return json({
      BillingCurrency: 'USD',
      CustomerEntityId: 'Default',
      CustomerEntityType: 'Retail',
      Items,
      NextPageLink: nextLink ?? next,
      Count: Items.length,
    });
  });
  return server;
}

/** An offer of Vast.ai's search. */
export const vastOffer = (fields: Fields = {}): Fields => ({
  id: 20111222,
  ask_contract_id: 20111222,
  machine_id: 31337,
  host_id: 777,
  gpu_name: 'RTX 4090',
  num_gpus: 1,
  gpu_ram: 24564,
  gpu_total_ram: 24564,
  dph_base: 0.37,
  dph_total: 0.44,
  reliability: 0.9971,
  verification: 'verified',
  rentable: true,
  rented: false,
  is_bid: false,
  geolocation: 'Finland, FI',
  ...fields,
});

export const startFakeVastOffers = (offers: readonly Fields[], key: string): Promise<FakeServer> =>
  startFakeServer(({ method, path, headers }) => {
    if (headers.authorization !== `Bearer ${key}`)
      return json({ success: false, error: 'auth_error', msg: `Invalid user key ${key}` }, 401);
    return method === 'POST' && path === '/bundles/' ? json({ offers }) : undefined;
  });

/** A SKU of Google's Cloud Billing catalog. */
export const gcpSku = (description: string, usd: number, fields: Fields = {}): Fields => ({
  name: 'services/6F81-5844-456A/skus/0000-1111-2222',
  skuId: '0000-1111-2222',
  description,
  category: {
    serviceDisplayName: 'Compute Engine',
    resourceFamily: 'Compute',
    resourceGroup: 'GPU',
    usageType: 'OnDemand',
  },
  serviceRegions: ['us-central1', 'us-west1'],
  pricingInfo: [
    {
      effectiveTime: '2026-08-01T00:00:00.000Z',
      pricingExpression: {
        usageUnit: description.includes(' Ram ') ? 'GiBy.h' : 'h',
        displayQuantity: 1,
        tieredRates: [
          {
            startUsageAmount: 0,
            unitPrice: {
              currencyCode: 'USD',
              units: String(Math.floor(usd)),
              nanos: Math.round((usd % 1) * 1e9),
            },
          },
        ],
      },
    },
  ],
  ...fields,
});

/** Cloud Billing's SKUs of Compute Engine, page by page; the key in a header or the query. */
export const startFakeGcpBilling = (
  pages: readonly (readonly Fields[])[],
  key: string,
): Promise<FakeServer> =>
  startFakeServer(({ path, query, headers }) => {
    if (path !== '/v1/services/6F81-5844-456A/skus') return undefined;
    if ((headers['x-goog-api-key'] ?? query.get('key')) !== key)
      return json(
        { error: { code: 403, message: `API key ${key} not valid`, status: 'PERMISSION_DENIED' } },
        403,
      );
    const at = Number(query.get('pageToken') ?? 0);
    const nextPageToken = at + 1 < pages.length ? String(at + 1) : '';
    return json({ skus: pages[at] ?? [], nextPageToken });
  });
