import type { Locator, Page } from 'playwright';
import { text } from './cost-figures.ts';

/** A wait ends as soon as it can; so long only where the computer has much else to do. */
export const WAIT = { timeout: 20_000 };

export const openView = (page: Page, name: string): Promise<void> =>
  page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name }).click();

/** Another part of the Offers view. */
export const openPart = (page: Page, name: string): Promise<void> =>
  page.getByRole('navigation', { name: 'Parts of Offers' }).getByRole('link', { name }).click();

export const grid = (page: Page): Locator => page.getByRole('grid', { name: 'Offers' });
export const plot = (page: Page): Locator => page.getByTestId('offers-plot');
export const detail = (page: Page): Locator => page.getByTestId('detail');
export const why = (page: Page): Promise<string> => text(page.getByTestId('why'));

/** How many offers are shown, and how many there are. */
export async function counted(page: Page): Promise<readonly number[]> {
  const said = /^(\d+) of (\d+) offers$/.exec(await text(page.getByTestId('count')));
  return said === null ? [] : said.slice(1).map(Number);
}

/** The rows in sight, from above, each with how it stands and what it says. */
export async function rows(
  page: Page,
): Promise<readonly { readonly id: number; readonly standing: string; readonly text: string }[]> {
  const all = await grid(page)
    .locator('[data-offer]')
    .evaluateAll((elements) =>
      elements.map((element) => ({
        at: Number(element.getAttribute('aria-rowindex')),
        id: Number(element.getAttribute('data-offer')),
        standing: element.getAttribute('data-standing') ?? '',
        text: element.textContent ?? '',
      })),
    );
  return all.toSorted((a, b) => a.at - b.at);
}

/** What is painted: the share of the plot that offers take, and the line of the front. */
export const drawn = async (
  page: Page,
): Promise<{ readonly ink: number; readonly n: string; readonly front: string }> => ({
  ink: await plot(page)
    .locator('canvas')
    .evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      // A copy, so that reading makes the plot itself no slower.
      const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
      copy?.drawImage(canvas, 0, 0);
      const pixels = copy?.getImageData(0, 0, width, height).data ?? [];
      return pixels.filter((value, at) => at % 4 === 3 && value > 0).length;
    }),
  n: /\bn (\d+ of \d+)/.exec(await text(page.locator('figure').filter({ has: plot(page) })))?.[1] ?? '',
  front: (await plot(page).locator('[data-front]').getAttribute('d')) ?? '',
});

/** Draws an end of a slider to that share of the way to its other end, with the mouse. */
export async function drawThumb(page: Page, from: string, to: string, share: number): Promise<void> {
  const middle = async (name: string): Promise<{ readonly x: number; readonly y: number }> => {
    const box = await page.getByRole('slider', { name }).boundingBox();
    if (box === null) throw new Error(`${name} is no slider that can be seen.`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const [start, end] = [await middle(from), await middle(to)];
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x + (end.x - start.x) * share, start.y, { steps: 4 });
  await page.mouse.up();
}

/** Points at the offer that is chosen, where the plot has it. */
export async function pointAtChosen(page: Page): Promise<void> {
  const ring = plot(page).locator('[data-whiskers] + circle').first();
  const box = await plot(page).boundingBox();
  const [x, y] = await Promise.all(['cx', 'cy'].map(async (name) => Number(await ring.getAttribute(name))));
  if (box === null || x === undefined || y === undefined) throw new Error('No offer is chosen in the plot.');
  await page.mouse.move(box.x + x, box.y + y);
}

export interface ComparedRow {
  readonly field: string;
  readonly differs: boolean;
  /** Of the pinned, in their order. */
  readonly values: readonly string[];
  readonly best: readonly boolean[];
  /** What it is painted on. */
  readonly background: string;
}

/** The fields of the comparison as they are shown. */
export const compared = (page: Page): Promise<readonly ComparedRow[]> =>
  page
    .getByTestId('comparison')
    .locator('tbody tr[data-differs]')
    .evaluateAll((all) =>
      all.map((row) => {
        const cells = [...row.querySelectorAll('td')];
        const values = cells.map((cell) => (cell.textContent ?? '').trim());
        return {
          field: row.getAttribute('data-field') ?? '',
          differs: row.getAttribute('data-differs') === 'true',
          values: values.map((value) => value.replace(/ best$/, '')),
          best: values.map((value) => value.endsWith(' best')),
          background: cells[0] === undefined ? '' : getComputedStyle(cells[0]).backgroundColor,
        };
      }),
    );

/** The spans of the waterfall by name, with how deep each lies. */
export const spans = async (page: Page): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries(
    await page
      .getByRole('treegrid')
      .getByRole('row')
      .evaluateAll((all) =>
        all.map((row): [string, number] => [
          (row as HTMLElement).innerText.split('\n')[0]?.trim() ?? '',
          Number(row.getAttribute('aria-level')),
        ]),
      ),
  );

/** The machine of the job that is shown. */
export const rented = (page: Page): Locator => page.getByRole('region', { name: 'Rented for this job' });
export const banner = (page: Page): Locator => page.getByRole('region', { name: 'Stray rentals' });
