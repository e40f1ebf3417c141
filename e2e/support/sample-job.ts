import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { expect } from 'vitest';

function archivedStatuses(dataDir: string): string[] {
  const results = join(dataDir, 'results');
  if (!existsSync(results)) return [];
  return readdirSync(results, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .map((path) => JSON.parse(readFileSync(join(results, path), 'utf8')).status);
}

/** The sample job from the first click to its end, which needs calls, bytes and a live stream. */
export async function runSampleJob(page: Page, dataDir: string): Promise<void> {
  await page.getByRole('button', { name: 'Run a sample job' }).click();
  await page.getByText('succeeded').first().waitFor({ timeout: 30_000 });
  // The page does not decide that: the archived result does.
  await expect.poll(() => archivedStatuses(dataDir), { timeout: 5000 }).toEqual(['succeeded']);
}
