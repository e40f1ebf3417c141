import { cleanUrl } from '#shared/lib/clean-url.ts';
import { CodedError } from '#shared/model/failure.ts';

const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
/** Amazon's own hosts, FIPS ones and those of a VPC endpoint name the region. */
const HOST_REGION = /(?:^|\.)bedrock(?:-runtime)?(?:-fips)?\.([a-z]{2,}(?:-[a-z]+)+-\d+)\./;
const DEFAULT_REGION = 'us-east-1';

/** Where a region's models are asked. */
const regionUrl = (region: string): string =>
  `https://bedrock-runtime.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

/** The address of Bedrock's runtime: RUNE's clients give a region, others the URL of an endpoint of their own. */
export function bedrockUrl(value: string): string {
  const text = value.trim();
  const url = REGION.test(text) ? regionUrl(text) : cleanUrl(text);
  if (url !== null) return url;
  throw new CodedError(
    'request.invalid',
    'The backend URL is no AWS region and no http or https address. Example: us-east-1.',
  );
}

/** What the address leaves open: where models are listed, and the region that requests are signed for. */
export function bedrockPlaces(
  runtime: string,
  region: string | null,
): { readonly region: string; readonly control: string } {
  const url = new URL(runtime);
  const named = HOST_REGION.exec(url.hostname)?.[1];
  url.hostname = url.hostname.replace(/^bedrock-runtime(?=[.-])/, 'bedrock');
  return { region: named ?? region ?? DEFAULT_REGION, control: url.href.replace(/\/+$/, '') };
}
