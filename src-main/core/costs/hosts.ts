import { BlockList, isIP } from 'node:net';

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

const hostOf = (address: string): string | null => {
  const url = URL.parse(address.includes('://') ? address : `http://${address}`);
  return url === null ? null : url.hostname.toLowerCase().replace(/^\[|\]$|\.$/g, '');
};

/** True where nobody sends a bill by the token (docs/adr/0007): loopback, private and unqualified names. */
export function isOwnHardware(address: string): boolean {
  const host = hostOf(address);
  if (host === null || host === '') return false;
  const family = isIP(host);
  if (family !== 0) return NOT_PUBLIC.check(host, family === 4 ? 'ipv4' : 'ipv6');
  return !host.includes('.') || /\.(local|localhost|internal|home\.arpa)$/.test(host);
}

/** Who bills for a model service. */
export function billedBy(address: string | null): 'azure' | 'gcp' | 'api' {
  const host = (address === null ? null : hostOf(address)) ?? '';
  if (/(^|\.)azure\.com$/.test(host)) return 'azure';
  return /(^|\.)googleapis\.com$/.test(host) ? 'gcp' : 'api';
}
