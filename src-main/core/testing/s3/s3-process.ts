import { writeSync } from 'node:fs';
import { controlOf } from './control.ts';
import { type FaultRates, startFaultProxy } from './fault-proxy.ts';
import { type S3ServerOptions, startS3Server } from './s3-server.ts';

/**
 * The S3 server and the fault proxy before it as a process of their own:
 * `node s3-process.ts '{"seed": 7, "faults": {...}, "buckets": ["results"]}'` writes one line of JSON and runs until
 * its standard input ends or a signal comes.
 */
export type S3ProcessOptions = Omit<S3ServerOptions, 'now' | 'control'> & {
  readonly seed?: number;
  readonly faults?: FaultRates;
};

const { seed = 1, faults = {}, ...options } = JSON.parse(process.argv[2] ?? '{}') as S3ProcessOptions;
const server = await startS3Server({ ...options, control: controlOf(() => ({ server, proxy })) });
const proxy = await startFaultProxy({ target: server.url, seed, faults });
writeSync(1, `${JSON.stringify({ url: server.url, proxyUrl: proxy.url, pid: process.pid })}\n`);

async function end(): Promise<void> {
  await proxy.close();
  await server.close();
  process.exit(0);
}
process.once('SIGTERM', end);
process.once('SIGINT', end);
process.stdin.once('end', end).resume();
