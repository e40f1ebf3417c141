import { performance } from 'node:perf_hooks';
import { type Client, createEngine } from '#core/engine.ts';
import { createPorts } from '#hosts/shared/ports.ts';
import { noKeychain } from '#hosts/shared/secrets.ts';
import { normals, seeded } from '#shared/lib/random.ts';
import { powerTable } from '#shared/lib/statistics/power.ts';
import { sampleOf } from '#shared/lib/statistics/sample.ts';
import { verdict } from '#shared/lib/statistics/verdict.ts';
import { compareStore } from './compare-data.ts';
import { runeSummary } from './compare-store.ts';
import { SEED } from './dataset.ts';
import { type BenchFigure, figure, median } from './figure.ts';

const LIMITS = { first: 300, change: 150, verdicts: 2000 } as const;
const ROUNDS = 5;

/** Every answer of a comparison over the contract, beside RUNE's summary of the same file; then what verdicts are worth. */
export async function benchCompare(): Promise<readonly BenchFigure[]> {
  const { path, dataDir, title } = compareStore();
  const rune = runeSummary(path);
  const engine = await createEngine(
    createPorts({ hostKind: 'cli', dataDir, keychain: noKeychain('A bench keeps no secrets.') }),
    { mode: 'read' },
  );
  try {
    const speed = await speeds(engine.client, path, title, rune);
    return [...speed, ...honesty()];
  } finally {
    await engine.dispose();
  }
}

async function speeds(
  client: Client,
  path: string,
  title: string,
  rune: number,
): Promise<readonly BenchFigure[]> {
  const timed = async (call: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await call();
    return performance.now() - start;
  };
  const inTurn = async (calls: readonly (() => Promise<unknown>)[]): Promise<number> => {
    const times: number[] = [];
    for (const call of calls) times.push(await timed(call));
    return median(times);
  };
  const measured = (name: string, ms: number, limit: number | null = null): BenchFigure =>
    figure(`compare: ${name}`, ms, 'ms', {
      reference: rune,
      ...(limit === null ? {} : { target: `< ${limit} ms`, met: ms < limit }),
    });

  let sources: string[] = [];
  const firsts: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const source of sources) await client.sources.close({ source });
    sources = [(await indexed(client, path)).source];
    firsts.push(await timed(() => client.compare.run({ sources })));
  }
  const run = (query: Omit<Parameters<typeof client.compare.run>[0], 'sources'>) => () =>
    client.compare.run({ sources, ...query });
  const verdicts = async (query: Parameters<typeof run>[0]): Promise<number> => {
    for await (const _ of await client.compare.verdicts({ sources, ...query }));
    return 0;
  };
  const groups = await inTurn(
    ['model', 'agent', 'tenant_id', 'provider_type', 'question'].map((by) => run({ by })),
  );
  const filters = await inTurn(
    ['llama3.1:8b', 'mixtral:8x7b', 'qwen2.5-coder:72b'].map((model) => run({ where: { model: [model] } })),
  );
  const texts = await inTurn(
    ['checkout-7', 'checkout-31', 'namespace'].map((text) => run({ where: { text } })),
  );
  const measures = await inTurn(
    ['driver.call', 'backend.chat', 'job', 'cost', 'generation_speed'].map((measure) => run({ measure })),
  );
  const matched = await inTurn(['model', 'agent', 'question'].map((name) => run({ matched: [name] })));
  const first = await timed(() => verdicts({}));
  const again = await timed(() => verdicts({}));
  const many = await timed(() => verdicts({ by: 'question' }));
  const phases = await timed(() => client.compare.phases({ sources }));
  const trend = await timed(() => client.compare.trend({ sources }));
  const explored = await timed(() =>
    client.compare.explore({ sources, event: 'tool.call', by: 'backend_type' }),
  );
  return [
    figure(`compare: RUNE's own summary query, ${title}`, rune, 'ms'),
    measured('first figures of a store just opened', median(firsts), LIMITS.first),
    measured('another group', groups, LIMITS.change),
    measured('another filter', filters, LIMITS.change),
    measured('a text to search for', texts, LIMITS.change),
    measured('another measure, first time', measures),
    measured('only matched jobs', matched, LIMITS.change),
    measured('verdicts of 4 groups, labels read for the first time', first, LIMITS.verdicts),
    measured('verdicts of 4 groups, again', again, LIMITS.verdicts),
    measured('verdicts of 50 groups', many, LIMITS.verdicts),
    measured('where the time goes', phases),
    measured('trend', trend),
    measured('explorer, another span name', explored),
  ];
}

/** Opens the store and waits until all of it is indexed. */
async function indexed(client: Client, path: string): Promise<{ readonly source: string }> {
  const opened = await client.sources.open({ path });
  for (;;) {
    const info = (await client.sources.list()).find(({ source }) => source === opened.source);
    if (info === undefined || info.indexed_events >= info.total_events) return opened;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const TRIALS = 2000;
const LOG_SD = 0.35;
const RUNS = 100;

/** How often a difference is claimed where there is none, and where one group takes 20 % longer. */
function honesty(): readonly BenchFigure[] {
  const normal = normals(seeded(SEED));
  const claimed = (ratio: number): number => {
    const sample = (middle: number) =>
      sampleOf(Float64Array.from({ length: RUNS }, () => middle * Math.exp(LOG_SD * normal()))).value;
    let claims = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const [a, b] = [sample(10_000 * ratio), sample(10_000)];
      if (a === null || b === null) continue;
      const found = verdict({ a, b }, { better: 'lower', smallest: 0.05 }).verdict;
      // Only the right claim counts as finding it.
      if (found === 'worse' || (ratio === 1 && found === 'better')) claims++;
    }
    return claims / TRIALS;
  };
  const falsely = claimed(1);
  const rightly = claimed(1.2);
  printPower();
  return [
    figure(`compare: false claims, ${TRIALS} trials without a difference`, falsely * 100, '%', {
      target: '<= 6.5 %',
      met: falsely <= 0.065,
    }),
    figure(`compare: a 20 % shift found, n = ${RUNS} a group`, rightly * 100, '%', {
      target: '>= 90 %',
      met: rightly >= 0.9,
    }),
  ];
}

function printPower(): void {
  const shifts = [0.05, 0.1, 0.2, 0.3, 0.5];
  const head = ['n a group', ...shifts.map((shift) => `+${shift * 100} %`)];
  const rows = powerTable([5, 10, 20, 50, 100, 200, 500, 1000], shifts, { logSd: LOG_SD }).map(
    ({ n, power }) => [String(n), ...power.map((p) => `${(p * 100).toFixed(0)} %`)],
  );
  process.stderr.write(`bench: chance to find a shift (log-sd ${LOG_SD})\n`);
  for (const row of [head, ...rows])
    process.stderr.write(`  ${row.map((text) => text.padStart(9)).join(' ')}\n`);
}
