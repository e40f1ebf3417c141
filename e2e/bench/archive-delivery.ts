import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createOutbox } from '#core/archive/delivery/outbox.ts';
import { createTargets } from '#core/archive/targets/targets.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { testPorts } from '#core/testing/ports.ts';
import { TEST_CREDENTIAL } from '#core/testing/s3/behaviour.ts';
import { sdkClient } from '#core/testing/s3/sdk-client.ts';
import { type S3Process, spawnS3Process } from '#core/testing/s3/spawn-s3.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import { type BenchFigure, figure, median } from './figure.ts';

const RESULTS = 1000;
const BYTES = 20_000;
const AT_ONCE = 16;
const ROUNDS = 5;

const body = (round: string, i: number): Buffer => {
  const head = `{"job_id":"${round}-${i}","answer":"`;
  return Buffer.from(`${head}${FILLING.slice(0, BYTES - head.length - 2)}"}`);
};
const FILLING = randomBytes(BYTES).toString('hex');

/** The bare SDK with 16 puts under way. */
async function bare(server: S3Process, round: string): Promise<number> {
  const client = sdkClient(server.url, {
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < RESULTS; i = next++) {
      const Key = `results/t/bare/2026-11-22/${round}-${i}.json`;
      const put = { Bucket: 'results', Key, Body: body(round, i), ContentType: 'application/json' };
      await client.send(new PutObjectCommand({ ...put, IfNoneMatch: '*' }));
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const seconds = (performance.now() - started) / 1000;
  client.destroy();
  return RESULTS / seconds;
}

/** From rows in a store to the last one delivered, noted and gone, with the target and the outbox of the app. */
async function throughOutbox(server: S3Process, db: Db, round: string): Promise<number> {
  const { ports, remove } = testPorts({
    env: {
      RUNE_S3_ENABLED: '1',
      RUNE_S3_ENDPOINT: server.url,
      RUNE_S3_BUCKET: 'results',
      S3_ACCESS_KEY_ID: TEST_CREDENTIAL.accessKeyId,
      S3_SECRET_ACCESS_KEY: TEST_CREDENTIAL.secretAccessKey,
    },
  });
  const targets = createTargets({
    ports,
    settings: () => settingsSchema.parse({ archive: { folder: false } }),
    onSettings: () => {},
    facts: { get: () => 'honoured', set: () => {} },
  });
  const outbox = createOutbox({
    db,
    targets: targets.delivering,
    clock: ports.clock,
    logger: ports.logger,
    onChange: () => {},
    concurrency: AT_ONCE,
  });
  try {
    for (let i = 0; i < RESULTS; i++) {
      const key = `results/t/outbox/2026-11-22/${round}-${i}.json`;
      outbox.enqueue(`${round}-${i}`, [{ target: 'env', key, body: body(round, i), sha256: '' }]);
    }
    const started = performance.now();
    const all = await outbox.drain(120_000);
    const seconds = (performance.now() - started) / 1000;
    if (!all) throw new Error(`${outbox.pendingCount()} results were not delivered`);
    return RESULTS / seconds;
  } finally {
    await outbox.dispose();
    targets.dispose();
    remove();
  }
}

/** Both in turns against one server in a process of its own. */
export async function benchArchiveDelivery(): Promise<readonly BenchFigure[]> {
  const server = await spawnS3Process();
  const dir = mkdtempSync(join(tmpdir(), 'runescope-bench-'));
  const db = openDatabase(join(dir, 'bench.db'), 'write');
  try {
    migrateRune(db, 0);
    migrateRunescope(db, 'own', 0);
    const [sdk, ours]: [number[], number[]] = [[], []];
    await bare(server, 'warm');
    await throughOutbox(server, db, 'warm');
    for (let round = 0; round < ROUNDS; round++) {
      sdk.push(await bare(server, String(round)));
      ours.push(await throughOutbox(server, db, String(round)));
    }
    const stored = (await server.keys('results')).length;
    if (stored !== 2 * RESULTS * (ROUNDS + 1)) throw new Error(`the server holds ${stored} objects`);
    const [rate, reference] = [median(ours), median(sdk)];
    return [
      figure('archive: 1,000 results through the outbox, against bare PutObject', rate, 'results/s', {
        reference,
        target: '>= 0.8 of the reference',
        met: rate / reference >= 0.8,
      }),
    ];
  } finally {
    db.close();
    rmSync(dir, { recursive: true, force: true });
    await server.close();
  }
}
