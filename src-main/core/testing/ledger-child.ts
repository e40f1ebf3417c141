import { writeSync } from 'node:fs';
import { migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { createMarkets } from '#core/vastai/client/markets.ts';
import { createRentals } from '#core/vastai/ledger/rentals.ts';
import { rentalOf } from './ledger-bench.ts';
import { testPorts } from './ports.ts';
import { scaledClock } from './scaled-clock.ts';
import { offerOf } from './scripted-market.ts';

/** A process that rents one machine, keeps it, and ends it; killed before or after its n-th call of ledger or market. */
export interface LedgerChild {
  readonly path: string;
  readonly dataDir: string;
  readonly url: string;
  readonly key: string;
  readonly base: number;
  readonly speed: number;
  readonly job: string;
  readonly dieAt: number;
}

const plan = JSON.parse(process.argv[2] ?? '{}') as LedgerChild;
const signal = new AbortController().signal;
let steps = 0;

function step(line: string): void {
  steps++;
  if (steps !== plan.dieAt) return;
  writeSync(1, `${line}\n`);
  process.kill(process.pid, 'SIGKILL');
  // The signal takes its time; nothing of ours may.
  for (;;);
}

/** The same object, with a step before and after each of its calls. */
const stepped = <T extends object>(of: T, names: readonly (keyof T & string)[]): void => {
  for (const name of names) {
    const call = of[name] as (...given: unknown[]) => unknown;
    const around = (...given: unknown[]): unknown => {
      step(`before ${name}`);
      const answer = call(...given);
      const after = <A>(value: A): A => {
        step(`after ${name}`);
        return value;
      };
      return answer instanceof Promise ? answer.then(after) : after(answer);
    };
    Object.defineProperty(of, name, { value: around });
  }
};

const clock = scaledClock(plan.base, plan.speed);
const { ports } = testPorts({
  dataDir: plan.dataDir,
  env: { VAST_API_URL: plan.url, VAST_API_KEY: plan.key },
  clock,
});
const db = openDatabase(plan.path, 'write');
migrateRune(db, 0);
migrateRunescope(db, 'own', 0);
const markets = createMarkets({
  ports,
  demoMarket: () => Promise.reject(new Error('There is no demo market.')),
});
const rentals = createRentals({
  db,
  writable: true,
  clock,
  logger: { log: () => {} },
  markets,
  onCost: () => {},
});
const client = await markets.client('vastai');
stepped(rentals.ledger, [
  'intend',
  'created',
  'running',
  'ready',
  'keep',
  'claim',
  'closing',
  'seen',
  'gone',
]);
stepped(client, ['create', 'show', 'destroy', 'list']);

const filter = {
  type: 'ondemand',
  ranges: { direct_port_count: { min: 1 }, disk_space: { min: 60 } },
} as const;
const { offers } = await client.search({ filter, allocated_storage: 40 }, signal);
const free = offers.filter(({ rentable, rented }) => rentable === true && rented === false);
// Others are renting at the same time.
const offer = free[Math.floor(Math.random() * free.length)];
if (offer === undefined) throw new Error('There is no offer.');
const { ledger } = rentals;
const row = ledger.intend(rentalOf(plan.job, 'vastai', offerOf({ ...offer })));
const release = rentals.hold(row.rental_id);
const outcome = await client.create(offer.id, { label: row.label, disk_gb: 40, template_hash: null }, signal);
if (outcome.kind !== 'created') throw outcome.failure;
ledger.created(row.rental_id, outcome.contract_id);
const shown = await client.show(outcome.contract_id, signal);
ledger.running(row.rental_id, shown?.start_date ?? null);
ledger.ready(row.rental_id, 'http://127.0.0.1:9');
ledger.keep(row.rental_id, clock.nowUs() / 1e6 + 3600);
ledger.claim('vastai', `${plan.job}-b`, ({ rental_id }) => rental_id === row.rental_id);
const answer = await rentals.end(row.rental_id, 'its job is over', 120_000);
if (!answer.gone) throw new Error(answer.message);
release();
await rentals.dispose();
db.close();
writeSync(1, `done ${steps}\n`);
