import { type FakeServer, json, startFakeServer } from './fake-server.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An EC2 product of the AWS price list, as GetProducts sends it. `price`: what pricePerUnit holds. */
export const awsProduct = (attributes: Fields, price: Fields, unit = 'Hrs'): Fields => ({
  product: {
    productFamily: 'Compute Instance',
    attributes: {
      instanceType: 'g5.xlarge',
      regionCode: 'us-east-1',
      location: 'US East (N. Virginia)',
      operatingSystem: 'Linux',
      preInstalledSw: 'NA',
      tenancy: 'Shared',
      capacitystatus: 'Used',
      licenseModel: 'No License required',
      gpu: '1',
      ...attributes,
    },
    sku: 'PA6JTP2JVQ5X9K7M',
  },
  serviceCode: 'AmazonEC2',
  terms: {
    OnDemand: {
      'PA6JTP2JVQ5X9K7M.JRTCKXETXF': {
        priceDimensions: {
          'PA6JTP2JVQ5X9K7M.JRTCKXETXF.6YS6EN2CT7': {
            unit,
            endRange: 'Inf',
            beginRange: '0',
            description: 'per On Demand Linux Instance Hour',
            appliesTo: [],
            pricePerUnit: price,
          },
        },
        sku: 'PA6JTP2JVQ5X9K7M',
        effectiveDate: '2026-10-01T00:00:00Z',
        offerTermCode: 'JRTCKXETXF',
        termAttributes: {},
      },
    },
  },
  version: '20261101000000',
  publicationDate: '2026-11-01T00:00:00Z',
});

/** AWS Price List Query API: products page by page, whatever the filters say; `products` are sent as strings. */
export const startFakeAwsPricing = (
  pages: readonly (readonly Fields[])[],
  accessKeyId: string,
): Promise<FakeServer> =>
  startFakeServer(({ headers, body }) => {
    const authorization = String(headers.authorization ?? '');
    if (!authorization.includes(`Credential=${accessKeyId}/`))
      return {
        ...json(
          { __type: 'UnrecognizedClientException', message: `The token in ${authorization} is invalid.` },
          400,
        ),
        contentType: 'application/x-amz-json-1.1',
      };
    if (headers['x-amz-target'] !== 'AWSPriceListService.GetProducts') return undefined;
    const at = Number(body.NextToken ?? 0);
    return {
      ...json({
        FormatVersion: 'aws_v1',
        PriceList: (pages[at] ?? []).map((product) => JSON.stringify(product)),
        ...(at + 1 < pages.length && { NextToken: String(at + 1) }),
      }),
      contentType: 'application/x-amz-json-1.1',
    };
  });
