import type { Client } from '#core/engine.ts';
import { formatCount, formatDateTime, formatUsd } from '#shared/lib/format.ts';
import { CodedError } from '#shared/model/failure.ts';
import { MARKETS, type Market } from '#shared/model/offers.ts';
import type { DestroyAnswer, ReconcileReport, Rental, RentalStatus, Stray } from '#shared/model/rentals.ts';
import { openAsking, openRunner } from '../access.ts';
import { confirm } from '../approval.ts';
import { EXIT } from '../exit-code.ts';
import type { Interrupts } from '../interrupts.ts';
import type { Output } from '../output/output.ts';
import { type Column, printable, table } from '../output/table.ts';

/** The contract's largest page. */
const PAGE = 1000;

export async function listRentals(
  dataDir: string,
  of: Parameters<Client['rentals']['list']>[0] & { readonly limit: number; readonly offset: number },
  output: Output,
): Promise<number> {
  const { client, close } = await openAsking(dataDir);
  try {
    const rentals: Rental[] = [];
    for (;;) {
      const limit = Math.min(PAGE, of.limit - rentals.length);
      const got = await client.rentals.list({ ...of, limit, offset: of.offset + rentals.length });
      rentals.push(...got.rentals);
      if (got.rentals.length === limit && rentals.length < of.limit) continue;
      await output.answer({ ...got, rentals }, () => listText(rentals, got.total, got));
      return EXIT.succeeded;
    }
  } finally {
    await close();
  }
}

/** What is meant by an id of the command line: a row of the ledger, or a contract that the ledger does not know. */
type Meant =
  | { readonly rental: Rental }
  | {
      readonly rental: null;
      readonly market: Market;
      readonly contract_id: number;
      readonly stray: Stray | null;
    };

/** Exits with 0 only when it was seen gone. */
export async function destroyRental(
  dataDir: string,
  id: string,
  { yes, wait_s }: { readonly yes: boolean; readonly wait_s: number },
  output: Output,
  interrupts: Interrupts,
): Promise<number> {
  const meant = await meantBy(dataDir, id);
  const what = meant.rental === null ? contractText(meant) : rentalText(meant.rental);
  const isOver = meant.rental?.state === 'gone' || meant.rental?.state === 'refused';
  if (!yes && !isOver) {
    const interrupted = new AbortController();
    interrupts.onFirst(() => interrupted.abort());
    const { stdin, stderr, env } = process;
    const asking = { env, stdin, stderr, signal: interrupted.signal };
    const answer = await confirm(printable(`Destroy ${what}, with all that is on it? [y/N] `), asking);
    if (answer !== true)
      throw new CodedError(
        'rental.approval_needed',
        answer === null
          ? `Nobody can be asked whether to destroy ${what}: give --yes.`
          : `Not destroyed: ${what}.`,
      );
  }
  const runner = await openRunner(dataDir, (line) => output.progress(line));
  try {
    const found = await lookedFor(runner.client, meant);
    output.progress(printable(`destroying ${what}`));
    const answer = await runner.client.rentals.destroy(
      found.rental === null
        ? { market: found.market, contract_id: found.contract_id, wait_s }
        : { rental_id: found.rental.rental_id, wait_s },
    );
    await output.answer(answer, () => destroyText(answer));
    return answer.gone ? EXIT.succeeded : EXIT.failed;
  } finally {
    await runner.close();
  }
}

async function meantBy(dataDir: string, id: string): Promise<Meant> {
  const [, name, number] = /^(?:([a-z]+)\/)?(\d{1,15})$/.exec(id) ?? [];
  const market = MARKETS.find((one) => one === name);
  if (name !== undefined && market === undefined)
    throw new CodedError('request.invalid', `There is no market "${name}". Markets: ${MARKETS.join(', ')}.`);
  const { client, close } = await openAsking(dataDir);
  try {
    if (number === undefined) return { rental: await client.rentals.get({ rental_id: id.slice(0, 64) }) };
    return await contractMeant(client, market, Number(number));
  } finally {
    await close();
  }
}

async function contractMeant(
  client: Client,
  market: Market | undefined,
  contract_id: number,
): Promise<Meant> {
  const is = (one: { readonly market: Market; readonly contract_id: number | null }): boolean =>
    one.contract_id === contract_id && (market === undefined || one.market === market);
  const found = (await allRentals(client)).filter(is);
  const strays = (await client.rentals.status()).strays.filter(is);
  const markets = new Set([...found, ...strays].map((one) => one.market));
  if (markets.size > 1)
    throw new CodedError(
      'request.invalid',
      `There is a contract ${contract_id} on both markets: give ${[...markets].map((one) => `${one}/${contract_id}`).join(' or ')}.`,
    );
  const [rental] = found;
  if (rental !== undefined) return { rental };
  const [stray = null] = strays;
  const usual = async (): Promise<Market> => (await client.offers.market()).market;
  return { rental: null, market: stray?.market ?? market ?? (await usual()), contract_id, stray };
}

/** "Gone" would be true of any number that was mistyped: what nobody knows is looked for first. */
async function lookedFor(client: Client, meant: Meant): Promise<Meant> {
  if (meant.rental !== null || meant.stray !== null) return meant;
  const { market, contract_id } = meant;
  const reports = await client.rentals.reconcile();
  const found = await contractMeant(client, market, contract_id);
  const report = reports.find((one) => one.market === market);
  // The demo's is left out where nothing was ever rented there.
  const isTold = report === undefined ? market === 'demo' : report.trouble === null;
  if (isTold && found.rental === null && found.stray === null)
    throw new CodedError(
      'rental.not_found',
      `Neither the ledger nor the market has an instance ${market}/${contract_id} of Runescope's.`,
    );
  return found;
}

async function allRentals(client: Client): Promise<readonly Rental[]> {
  const all: Rental[] = [];
  for (;;) {
    const { rentals, total } = await client.rentals.list({ limit: PAGE, offset: all.length });
    all.push(...rentals);
    if (rentals.length === 0 || all.length >= total) return all;
  }
}

/** Exits with 0 when every market could be asked, and has nothing of ours that should not be there. */
export async function reconcileRentals(dataDir: string, output: Output): Promise<number> {
  const runner = await openRunner(dataDir, (line) => output.progress(line));
  try {
    const reports = await runner.client.rentals.reconcile();
    await output.answer(
      { reports },
      () => reports.map(reportText).join('\n\n') || 'Nothing was ever rented.',
    );
    const isQuiet = reports.every(({ strays, trouble }) => strays.length === 0 && trouble === null);
    return isQuiet ? EXIT.succeeded : EXIT.failed;
  } finally {
    await runner.close();
  }
}

const demoMark = (market: Market): string => (market === 'demo' ? ' (demo)' : '');
const hourly = (usd: number | null): string => (usd === null ? 'at an unknown price' : `${formatUsd(usd)}/h`);

const contractText = ({ market, contract_id, stray }: Extract<Meant, { rental: null }>): string =>
  `contract ${market}/${contract_id}${stray === null ? '' : ` (${stray.gpu_name ?? 'unknown GPU'}, ${hourly(stray.usd_hour)})`}`;
const rentalText = ({
  rental_id,
  market,
  contract_id,
  gpu_name,
  num_gpus,
  usd_hour,
  state,
}: Rental): string =>
  `rental ${rental_id} (${market}/${contract_id ?? 'no contract yet'}, ${num_gpus} x ${gpu_name}, ${hourly(usd_hour)}, ${state})`;

const destroyText = ({ contract_id, gone, message }: DestroyAnswer): string =>
  printable(`contract ${contract_id ?? '–'}  ${gone ? 'gone' : 'NOT SEEN GONE'}  ${message}`);

const TABLE: readonly Column<Rental>[] = [
  { title: 'rental', text: ({ rental_id }) => rental_id },
  { title: 'state', text: ({ state, market }) => `${state}${demoMark(market)}` },
  {
    title: 'contract',
    right: true,
    text: ({ contract_id }) => (contract_id === null ? '–' : String(contract_id)),
  },
  {
    title: 'GPU',
    text: ({ num_gpus, gpu_name }) => (num_gpus === 1 ? gpu_name : `${num_gpus} x ${gpu_name}`),
  },
  { title: '$/h', right: true, text: ({ usd_hour }) => formatUsd(usd_hour) },
  { title: 'since', text: ({ started_at, intent_at }) => formatDateTime(started_at ?? intent_at) },
  { title: 'until', text: ({ ended_at }) => formatDateTime(ended_at) },
  { title: 'cost', right: true, text: ({ cost_usd }) => formatUsd(cost_usd) },
  { title: 'from', text: ({ cost_from }) => cost_from },
  { title: 'job', text: ({ job_id }) => job_id },
  { title: 'why it ended', text: ({ ended_because, failure }) => ended_because ?? failure?.code ?? '' },
];

const listText = (rentals: readonly Rental[], total: number, status: RentalStatus): string =>
  printable(
    [
      rentals.length === 0
        ? 'No rentals.'
        : `${table(TABLE, rentals)}\n${rentals.length} of ${formatCount(total)}`,
      statusText(status),
    ].join('\n\n'),
  );

const strayText = ({ market, contract_id, label, gpu_name, usd_hour, kind }: Stray): string =>
  `STRAY ${market}/${contract_id}  ${gpu_name ?? 'unknown GPU'}  ${hourly(usd_hour)}  ${label ?? 'no label'}  ${
    kind === 'ours' ? 'should be gone' : 'bears our mark, and this ledger does not know it'
  }: rentals destroy ${market}/${contract_id}`;

const statusText = ({ running, usd_hour, strays, checked_at, trouble }: RentalStatus): string =>
  [
    `${formatCount(running)} running, ${formatUsd(usd_hour)}/h; ${checked_at === null ? 'the market has not been asked yet' : `the market was asked ${formatDateTime(checked_at)}`}.`,
    ...strays.map(strayText),
    trouble === null ? null : `${trouble.code}: ${trouble.message}`,
  ]
    .filter((line) => line !== null)
    .join('\n');

const reportText = (report: ReconcileReport): string =>
  printable(
    `${report.market === 'demo' ? 'demo market' : report.market}: ${formatCount(report.listed)} of ours there; adopted ${report.adopted}, destroyed ${report.destroyed}, settled ${report.settled}\n${statusText(report)}`,
  );
