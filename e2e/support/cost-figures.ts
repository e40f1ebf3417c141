import type { Locator, Page } from 'playwright';
import { openDatabase } from '#core/store/database.ts';
import { ownStorePath } from '#core/store/own-file.ts';

/** In one line, as it is read. */
export const text = async (locator: Locator): Promise<string> =>
  (await locator.innerText()).replace(/\s+/g, ' ');

/** An amount with all its digits, which stand in its tooltip. */
export const exact = async (locator: Locator): Promise<number> =>
  Number((await locator.locator('[title^="$"]').first().getAttribute('title'))?.slice(1));

/** Of the line under a job's title. */
export const fact = (page: Page, name: string): Locator =>
  page
    .locator('dl > div')
    .filter({ has: page.locator(`dt:text-is("${name}")`) })
    .first();

/** n, and what stands in the tooltips of the levels, of a row of the calibration page. */
export async function calibrated(page: Page, group: string): Promise<readonly string[]> {
  const row = page.getByTestId('calibration').locator(`[data-id="${group}"]`);
  const levels = await row
    .locator('td[title*=" interval: "]')
    .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('title') ?? ''));
  return [await row.locator('td').first().innerText(), ...levels];
}

/** By basis: the whole amount where it is one, and the number of jobs. */
export async function totals(page: Page): Promise<Record<string, readonly [amount: string, jobs: string]>> {
  const rows = await page
    .getByTestId('totals')
    .locator('tr')
    .evaluateAll((all) =>
      all.map((row) => {
        const [amount, jobs] = row.querySelectorAll('td');
        const whole = amount?.querySelector('[title]')?.getAttribute('title') ?? '';
        const said = whole.startsWith('$') ? whole.slice(1) : (amount?.textContent ?? '');
        return [row.getAttribute('data-basis') ?? '', [said, jobs?.textContent ?? '']] as const;
      }),
    );
  return Object.fromEntries(rows);
}

/** What the store itself holds, whatever the page shows of it. */
export function jobsIn(dataDir: string): unknown {
  const db = openDatabase(ownStorePath(dataDir), 'read');
  try {
    return db.prepare('SELECT count(*) FROM rs_job').pluck().get();
  } finally {
    db.close();
  }
}
