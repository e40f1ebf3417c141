import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SpawnedMarket } from '#core/testing/spawn-market.ts';
import type { RentalState } from '#shared/model/rentals.ts';
import type { RentalsChild } from './rentals-child.ts';
import type { RentalsWatch } from './rentals-watch.ts';

const CHILD = fileURLToPath(new URL('./rentals-child.ts', import.meta.url));
const LONGEST_LIFE_MS = 25_000;
/** After this long in peace, a process is killed while it only looks after what is there. */
const IDLE_MS = 150;

/** How a process is killed. */
export type Kill =
  | { readonly how: 'step'; readonly intent: number; readonly step: number }
  | { readonly how: 'time'; readonly afterMs: number }
  /** When a rental, the first or a later one, is in this state. */
  | { readonly how: 'state'; readonly state: RentalState; readonly rental: number }
  /** While the market holds a create, the next after so long; what was held goes on `lateMs` after the kill. */
  | {
      readonly how: 'hold';
      readonly at: 'before' | 'after';
      readonly afterMs: number;
      readonly lateMs: number;
    };

export interface Life {
  readonly kill: Kill;
  /** Between which two lines it died, where it killed itself. */
  readonly between: string | null;
  /** It was killed as planned, and not because nothing of the kind came. */
  readonly isPlanned: boolean;
}

type Child = Omit<RentalsChild, 'death' | 'phase'>;

/** One life of a process, to its end by kill -9. Throws when it ends in any other way. */
export async function live(
  child: Child,
  kill: Kill,
  market: SpawnedMarket,
  watch: RentalsWatch,
): Promise<Life> {
  const death = kill.how === 'step' ? { intent: kill.intent, step: kill.step } : null;
  const running = start({ ...child, phase: 'run', death });
  const before = watch.newest();
  let isPlanned = kill.how === 'step';
  const killAsPlanned = (): void => {
    isPlanned = true;
    running.kill();
  };
  const ended = new AbortController();
  const looking = setInterval(() => {
    watch.lookAtEnds();
    if (kill.how === 'state' && watch.isThere(kill.state, before + kill.rental - 1)) killAsPlanned();
  }, 4);
  const late = setTimeout(() => running.kill(), LONGEST_LIFE_MS);
  if (kill.how === 'time')
    void running.said('ready').then(() => sleep(kill.afterMs, undefined, { ref: false }).then(killAsPlanned));
  if (kill.how === 'hold')
    void running
      .said('ready')
      .then(() => sleep(kill.afterMs, undefined, { ref: false }))
      .then(() => market.hold('create', kill.at))
      .then((isHeld) => isHeld && killAsPlanned());
  void running
    .said('idle')
    .then(() => sleep(IDLE_MS, undefined, { signal: ended.signal }).then(running.kill, () => {}));
  try {
    const { signal, lines, err } = await running.ended;
    if (signal !== 'SIGKILL') throw new Error(`the process ended by itself: ${lines.join('\n')}\n${err}`);
    watch.lookAtEnds();
    const between = lines.find((line) => line.startsWith('died '))?.slice(5) ?? null;
    return { kill, between, isPlanned: isPlanned && (kill.how !== 'step' || between !== null) };
  } finally {
    ended.abort();
    clearInterval(looking);
    clearTimeout(late);
    if (kill.how === 'hold') setTimeout(() => market.release().catch(() => {}), kill.lateMs);
  }
}

/** A process that ends by itself. Throws when it does not within the limit. Answers what it complained of. */
export async function finish(
  child: Child,
  phase: 'finish' | 'end' | 'settle',
  limitMs: number,
): Promise<readonly string[]> {
  const running = start({ ...child, phase, death: null });
  const late = setTimeout(running.kill, limitMs);
  const { code, lines, err } = await running.ended;
  clearTimeout(late);
  if (code !== 0)
    throw new Error(
      `${phase}: the process did not come to its end in ${limitMs} ms: ${lines.join('\n')}\n${err}`,
    );
  return lines.filter((line) => line.startsWith('error '));
}

interface Running {
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly lines: readonly string[];
    readonly err: string;
  }>;
  /** Resolves when it says so; never when it does not. */
  said(line: string): Promise<void>;
  kill(): void;
}

function start(plan: RentalsChild): Running {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH },
  });
  let out = '';
  let err = '';
  const lines = (): readonly string[] => out.split('\n').filter((line) => line !== '');
  const waiting = new Map<string, () => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    for (const line of lines()) waiting.get(line)?.();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return {
    ended: new Promise((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal, lines: lines(), err }));
    }),
    said: (line) => new Promise((resolve) => waiting.set(line, resolve)),
    kill: () => void child.kill('SIGKILL'),
  };
}
