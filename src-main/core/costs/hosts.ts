import { BlockList, isIP } from 'node:net';
import { cleanUrl } from '#shared/lib/clean-url.ts';

/** Loopback, private, link-local and carrier-grade addresses: no public service answers there. */
const NOT_PUBLIC = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  NOT_PUBLIC.addSubnet(network, bits, 'ipv4');
NOT_PUBLIC.addSubnet('::', 127, 'ipv6');
NOT_PUBLIC.addSubnet('fc00::', 7, 'ipv6');
NOT_PUBLIC.addSubnet('fe80::', 10, 'ipv6');

/** As the backends read it: what is judged here is what is asked. */
const hostOf = (address: string): string | null => {
  const url = cleanUrl(address);
  return url === null ? null : new URL(url).hostname.toLowerCase().replace(/^\[|\]$/g, '');
};

/** True where nobody sends a bill by the token (docs/adr/0007): loopback, private and unqualified names. */
export function isOwnHardware(address: string): boolean {
  const host = hostOf(address);
  if (host === null || host === '') return false;
  const family = isIP(host);
  if (family !== 0) return NOT_PUBLIC.check(host, family === 4 ? 'ipv4' : 'ipv6');
  // "ai." is a top-level domain, "ai" a machine of this network.
  return !host.includes('.') || /(^|\.)(local|localhost|internal|home\.arpa)\.?$/.test(host);
}

/** Services that are known to bill. Not whole clouds: clusters of one's own have names there, too. */
const SERVICES = new RegExp(
  `(^|\\.)(${[
    'openai.com',
    'anthropic.com',
    '(openai|cognitiveservices|(inference|services|models).ai).azure.com',
    'bedrock(-runtime|-mantle)?(-fips)?.[a-z0-9-]+.amazonaws.com(.cn)?',
    '(aiplatform|[a-z0-9-]+-aiplatform|generativelanguage).googleapis.com',
    'mistral.ai',
    'groq.com',
    'together.(xyz|ai)',
    'openrouter.ai',
    'deepseek.com',
    'x.ai',
    'cohere.(com|ai)',
    'fireworks.ai',
    'perplexity.ai',
    'cerebras.ai',
    'deepinfra.com',
    'huggingface.co',
    'replicate.com',
    'api.nvidia.com',
    'moonshot.(ai|cn)',
    'dashscope(-[a-z]+)?.aliyuncs.com',
    'ollama.com',
  ]
    .join('|')
    .replaceAll('.', '\\.')})\\.?$`,
);

/** A known model service, whatever wire it is asked over. */
export function isModelService(address: string): boolean {
  const host = hostOf(address);
  return host !== null && SERVICES.test(host);
}

/** Who bills for a model service. */
export function billedBy(address: string | null): 'azure' | 'gcp' | 'api' {
  const host = (address === null ? null : hostOf(address)) ?? '';
  if (/(^|\.)azure\.com\.?$/.test(host)) return 'azure';
  return /(^|\.)googleapis\.com\.?$/.test(host) ? 'gcp' : 'api';
}
