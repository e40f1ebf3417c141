import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createEngine } from './engine.ts';
import { openDatabase } from './store/database.ts';
import { startRentalJobs } from './testing/rental-jobs.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

it.each([
  ['nothing, where its process died before it rented', { max_dph: 0.0001 }, null],
  ['what the ledger says, whatever its meter had said when its process died', { max_dph: 2 }, 99],
])('a job that rents has cost %s', async (_, rental, spent) => {
  const jobs = await startRentalJobs(cleanUp);
  const job = await jobs.run(rental);
  const cost = (await jobs.ledger()).reduce((sum, { cost_usd }) => sum + (cost_usd ?? 0), 0);
  expect(cost > 0).toBe(spent !== null);
  await jobs.engine.dispose();
  // As the process would have left it ten minutes into the job: a pid that no process has.
  const db = openDatabase(join(jobs.dataDir, 'runescope.db'), 'write');
  db.exec(`
    DELETE FROM rs_outcome;
    UPDATE jobs SET status = 'running', updated_at = created_at + 600;
    UPDATE rs_job SET status = 'running', finished_at = NULL, duration_ms = NULL, cost_usd = ${spent},
      started_at = created_at;
    UPDATE rs_job_run SET owner_pid = 4194304, owner_started = '1', owner_boot = 'another boot';`);
  db.close();
  const again = await createEngine(jobs.ports, { mode: 'own' });
  cleanUp.push(() => again.dispose());
  expect(await again.client.jobs.get({ job_id: job.job_id })).toMatchObject({
    error_code: 'job.interrupted',
    cost_usd: expect.closeTo(cost, 4),
  });
});
