import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as ask } from 'node:http';
import { fileURLToPath } from 'node:url';
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
  const child = spawn(process.execPath, [ENTRY, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'close');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const line = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.includes('\n')) resolve(out);
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`The S3 process ended:\n${stderr}`)));
  });
  const { url, proxyUrl, pid } = JSON.parse(line) as { url: string; proxyUrl: string; pid: number };
  const call = <Name extends ControlName>(name: Name, argument: ControlCalls[Name]['argument']) =>
    post(`${url}/_test/${name}`, argument) as Promise<ControlCalls[Name]['answer']>;
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
    close: async () => {
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(kill);
    },
  };
}

/** Without fetch, whose kept connections would outlive a test that closes its server. */
function post(url: string, argument: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = ask(url, { method: 'POST', agent: false }, async (answer) => {
      try {
        let text = '';
        for await (const chunk of answer.setEncoding('utf8')) text += chunk;
        if (answer.statusCode !== 200) throw new Error(`${url}: ${text}`);
        resolve(JSON.parse(text));
      } catch (error) {
        reject(error);
      }
    });
    request.on('error', reject);
    request.end(JSON.stringify(argument));
  });
}
