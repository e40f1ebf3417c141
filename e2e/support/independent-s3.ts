import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Where the objects are, for a client that shares no code with ours. */
export interface S3Place {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** us-east-1 when absent. */
  readonly region?: string;
}

export interface ObjectHead {
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
}

/** An S3 client of somebody else's making. It runs beside this process, so the server may be in this one. */
export interface IndependentS3 {
  /** Such as `boto3 1.26.27`. */
  readonly name: string;
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Buffer>;
  head(key: string): Promise<ObjectHead>;
  /** Every key under the prefix, through as many pages as there are. */
  list(prefix: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface NoIndependentS3 {
  /** Why none is at hand, to be shown with the skipped test. */
  readonly reason: string;
}
export type ClientKind = 'boto3' | 'aws';

const INSTALL_MS = 90_000;

/** boto3 or else the AWS CLI; where neither is, boto3 is installed with apt-get if this process is root. */
export async function independentS3(place: S3Place): Promise<IndependentS3 | NoIndependentS3> {
  for (const kind of ['boto3', 'aws'] as const) {
    const client = await presentS3(kind, place);
    if (client !== null) return client;
  }
  const reason = await installBoto3();
  if (reason !== null) return { reason };
  return (await presentS3('boto3', place)) ?? { reason: 'python3-boto3 was installed and does not start' };
}

/** The client of this kind, null when this machine has none. */
export async function presentS3(kind: ClientKind, place: S3Place): Promise<IndependentS3 | null> {
  if (kind === 'aws') {
    const { code, stdout, stderr } = await run('aws', ['--version'], environment(place));
    const version = /aws-cli\/(\S+)/.exec(stdout + stderr)?.[1];
    return code === 0 && version !== undefined ? awsCli(`aws-cli ${version}`, place) : null;
  }
  for (const python of ['python3', '/usr/bin/python3']) {
    const { code, stdout } = await run(
      python,
      ['-c', 'import boto3; print(boto3.__version__)'],
      environment(place),
    );
    if (code === 0) return boto3(python, `boto3 ${stdout.trim()}`, place);
  }
  return null;
}

async function installBoto3(): Promise<string | null> {
  const none = 'no independent S3 client (boto3 or the AWS CLI) is installed';
  if (process.getuid?.() !== 0) return `${none}, and only root may install one`;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '-q', '--no-install-recommends', 'python3-boto3'];
  for (const args of [install, ['update', '-q'], install]) {
    const { code } = await run('apt-get', args, env, INSTALL_MS);
    if (code === 0 && args === install) return null;
  }
  return `${none}, and apt-get could not install python3-boto3`;
}

/** The machine's own AWS settings stay out of it. */
function environment(place: S3Place): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^AWS_|_proxy$/i.test(name));
  return {
    ...Object.fromEntries(inherited),
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ACCESS_KEY_ID: place.accessKeyId,
    AWS_SECRET_ACCESS_KEY: place.secretAccessKey,
    AWS_DEFAULT_REGION: place.region ?? 'us-east-1',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  };
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  timeout = 60_000,
): Promise<Ran> {
  const child = spawn(program, args, { env, timeout, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: null, stdout, stderr: error.message }));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Answers one JSON line for each it reads; boto3 takes half a second to load, so it is loaded once. */
const BOTO3_PROGRAM = `
import base64, json, sys
import boto3
from botocore.config import Config
endpoint, bucket = sys.argv[1:3]
s3 = boto3.client("s3", endpoint_url=endpoint, config=Config(s3={"addressing_style": "path"}))
def answer(ask):
    name = ask["name"]
    if name == "list":
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=ask["prefix"])
        return [item["Key"] for page in pages for item in page.get("Contents", [])]
    if name == "put":
        s3.put_object(Bucket=bucket, Key=ask["key"], Body=base64.b64decode(ask["bytes"]))
        return None
    if name == "get":
        body = s3.get_object(Bucket=bucket, Key=ask["key"])["Body"].read()
        return base64.b64encode(body).decode()
    head = s3.head_object(Bucket=bucket, Key=ask["key"])
    return {"size": head["ContentLength"], "etag": head["ETag"].strip('"')}
for line in sys.stdin:
    try:
        reply = {"value": answer(json.loads(line))}
    except Exception as error:
        reply = {"error": str(error)}
    print(json.dumps(reply), flush=True)
`;

function boto3(python: string, name: string, place: S3Place): IndependentS3 {
  const child: ChildProcess = spawn(python, ['-c', BOTO3_PROGRAM, place.endpoint, place.bucket], {
    env: environment(place),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('the client has no pipes');
  const exited = once(child, 'close');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const ask = (question: Readonly<Record<string, string>>): Promise<unknown> => {
    const reply = last.then(async () => {
      stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('the client ended');
      const read = JSON.parse(value) as { value?: unknown; error?: string };
      if (read.error !== undefined) throw new Error(read.error);
      return read.value;
    });
    last = reply.catch(() => undefined);
    return reply;
  };
  return {
    name,
    put: async (key, bytes) =>
      void (await ask({ name: 'put', key, bytes: Buffer.from(bytes).toString('base64') })),
    get: async (key) => Buffer.from((await ask({ name: 'get', key })) as string, 'base64'),
    head: async (key) => (await ask({ name: 'head', key })) as ObjectHead,
    list: async (prefix) => (await ask({ name: 'list', prefix })) as string[],
    close: async () => {
      stdin.end();
      await exited;
    },
  };
}

function awsCli(name: string, place: S3Place): IndependentS3 {
  const folder = mkdtempSync(join(tmpdir(), 'runescope-aws-'));
  const file = join(folder, 'body');
  const aws = async (command: string, ...args: readonly string[]): Promise<unknown> => {
    const all = ['--endpoint-url', place.endpoint, '--output', 'json', 's3api', command];
    const { code, stdout, stderr } = await run(
      'aws',
      [...all, '--bucket', place.bucket, ...args],
      environment(place),
    );
    if (code !== 0) throw new Error(stderr.trim());
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  };
  return {
    name,
    put: async (key, bytes) => {
      writeFileSync(file, bytes);
      await aws('put-object', '--key', key, '--body', file);
    },
    get: async (key) => {
      await aws('get-object', '--key', key, file);
      return readFileSync(file);
    },
    head: async (key) => {
      const head = (await aws('head-object', '--key', key)) as { ContentLength: number; ETag: string };
      return { size: head.ContentLength, etag: head.ETag.replaceAll('"', '') };
    },
    list: async (prefix) => {
      const page = (await aws('list-objects-v2', '--prefix', prefix)) as {
        Contents?: readonly { readonly Key: string }[];
      };
      return (page.Contents ?? []).map(({ Key }) => Key);
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
