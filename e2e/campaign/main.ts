import { parseArgs } from 'node:util';

/** Long runs that break things on purpose and count what is left. Each prints its counts and says whether they are right. */
const CAMPAIGNS: Readonly<Record<string, () => Promise<() => Promise<boolean>>>> = {
  archive: async () => (await import('./archive.ts')).runArchiveCampaign,
  rentals: async () => (await import('./rentals.ts')).runRentalsCampaign,
};

const { positionals } = parseArgs({ allowPositionals: true });
const names = positionals.length > 0 ? positionals : Object.keys(CAMPAIGNS);
const unknown = names.filter((name) => !(name in CAMPAIGNS));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no campaign ${unknown.join(', ')}. Campaigns: ${Object.keys(CAMPAIGNS).join(', ')}.\n`,
  );
  process.exit(2);
}
for (const name of names) {
  const run = await CAMPAIGNS[name]?.();
  if (!(await run?.())) process.exitCode = 1;
}
