import type { Client } from '#core/engine.ts';
import { formatBytes, formatCount, formatDateTime } from '#shared/lib/format.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { RetentionPlan } from '#shared/model/http.ts';
import { openAsking, openRunner } from '../access.ts';
import { confirm } from '../approval.ts';
import { EXIT } from '../exit-code.ts';
import type { Interrupts } from '../interrupts.ts';
import type { Output } from '../output/output.ts';

export async function previewRetention(dataDir: string, output: Output): Promise<number> {
  const { client, close } = await openAsking(dataDir);
  try {
    const plan = await client.retention.preview();
    await output.answer(plan, () => planText(plan));
    return EXIT.succeeded;
  } finally {
    await close();
  }
}

/** Shows what would be deleted, and deletes that and nothing else when it is agreed to. */
export async function runRetention(
  dataDir: string,
  { yes }: { readonly yes: boolean },
  output: Output,
  interrupts: Interrupts,
): Promise<number> {
  const runner = await openRunner(dataDir, (line) => output.progress(line));
  try {
    const plan = await runner.client.retention.preview();
    output.progress(planText(plan));
    if (plan.jobs > 0 && !yes) await agreeTo(plan, interrupts);
    const done = plan.jobs === 0 ? { deleted: 0, bytes: 0 } : await runPlan(runner.client, plan);
    await output.answer(
      { ...done, plan },
      () => `deleted ${jobs(done.deleted)}, about ${formatBytes(done.bytes)}`,
    );
    return EXIT.succeeded;
  } finally {
    await runner.close();
  }
}

const runPlan = (client: Client, { token }: RetentionPlan) => client.retention.run({ token });

async function agreeTo(plan: RetentionPlan, interrupts: Interrupts): Promise<void> {
  const interrupted = new AbortController();
  interrupts.onFirst(() => interrupted.abort());
  const { stdin, stderr, env } = process;
  const asking = { env, stdin, stderr, signal: interrupted.signal };
  const answer = await confirm(`Delete ${jobs(plan.jobs)} from this store? [y/N] `, asking);
  if (answer === true) return;
  throw new CodedError(
    'access.denied',
    answer === null
      ? `Nobody can be asked whether to delete ${jobs(plan.jobs)}: give --yes.`
      : 'Nothing was deleted.',
  );
}

const jobs = (count: number): string => (count === 1 ? '1 job' : `${formatCount(count)} jobs`);

function planText({ jobs: count, bytes, oldest_at, newest_at, kept_unarchived }: RetentionPlan): string {
  const kept =
    kept_unarchived === 0
      ? ''
      : `\n${jobs(kept_unarchived)} would go and ${kept_unarchived === 1 ? 'stays' : 'stay'}: not every archive has ${kept_unarchived === 1 ? 'it' : 'them'}, or something still needs ${kept_unarchived === 1 ? 'it' : 'them'}`;
  if (count === 0) return `nothing is to be deleted${kept}`;
  return `to be deleted: ${jobs(count)}, about ${formatBytes(bytes)}, ended ${formatDateTime(oldest_at ?? 0)} to ${formatDateTime(newest_at ?? 0)}${kept}`;
}
