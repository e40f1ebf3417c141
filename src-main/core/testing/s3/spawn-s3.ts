import { fileURLToPath } from 'node:url';
import { control, startService } from '#core/testing/service-process.ts';
import type { S3Behaviour } from './behaviour.ts';
import type { ControlCalls, ControlName, SeedRequest } from './control.ts';
import type { FaultCounts, FaultName, FaultRates } from './fault-proxy.ts';
import type { PutLogEntry, S3Operation } from './operations.ts';
import type { S3ProcessOptions } from './s3-process.ts';

/** The server of s3-process.ts, seen from the process that started it. */
export interface S3Process {
  readonly pid: number;
  /** The server itself. */
  readonly url: string;
  /** The same server behind the fault proxy. */
  readonly proxyUrl: string;
  puts(): Promise<readonly PutLogEntry[]>;
  requests(): Promise<Readonly<Record<S3Operation, number>>>;
  keys(bucket: string): Promise<readonly string[]>;
  get(bucket: string, key: string): Promise<Buffer | undefined>;
  /** Puts without the log, as somebody who tampers would. */
  put(
    bucket: string,
    key: string,
    body: Uint8Array,
    options?: { readonly lastModified?: Date },
  ): Promise<void>;
  remove(bucket: string, key: string): Promise<void>;
  /** Returns how many. */
  seed(request: SeedRequest): Promise<number>;
  configure(change: Partial<S3Behaviour>): Promise<void>;
  /** Other faults from now on; null for none. */
  faults(faults: FaultRates | null): Promise<void>;
  inject(...faults: readonly FaultName[]): Promise<void>;
  counts(): Promise<FaultCounts>;
  /** Ends the process and waits for it. */
  close(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL('./s3-process.ts', import.meta.url));

/** Starts the server in a process of its own, which ends with this one at the latest. */
export async function spawnS3Process(options: S3ProcessOptions = {}): Promise<S3Process> {
  const { told, close } = await startService<{ url: string; proxyUrl: string; pid: number }>(ENTRY, options);
  const { url, proxyUrl, pid } = told;
  const call = <Name extends ControlName>(name: Name, argument: ControlCalls[Name]['argument']) =>
    control(`${url}/_test/${name}`, argument) as Promise<ControlCalls[Name]['answer']>;
  return {
    pid,
    url,
    proxyUrl,
    puts: () => call('puts', null),
    requests: () => call('requests', null),
    keys: (bucket) => call('keys', { bucket }),
    get: async (bucket, key) => {
      const base64 = await call('get', { bucket, key });
      return base64 === null ? undefined : Buffer.from(base64, 'base64');
    },
    put: async (bucket, key, body, { lastModified } = {}) => {
      const base64 = Buffer.from(body).toString('base64');
      await call('put', {
        bucket,
        key,
        base64,
        ...(lastModified && { lastModified: lastModified.getTime() }),
      });
    },
    remove: async (bucket, key) => void (await call('remove', { bucket, key })),
    seed: (request) => call('seed', request),
    configure: async (change) => void (await call('configure', change)),
    faults: async (faults) => void (await call('faults', faults)),
    inject: async (...faults) => void (await call('inject', faults)),
    counts: () => call('counts', null),
    close,
  };
}
