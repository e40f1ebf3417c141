import { seeded } from '#shared/lib/random.ts';
import { normalQuantile } from '#shared/lib/statistics/normal.ts';

/** Parts of a job that vary, and chances of an attempt: one dimension each, the weightiest first. */
const DIMENSIONS = ['run', 'boot', 'download', 'load', 'no_answer', 'loss', 'moment'] as const;
type Dimension = (typeof DIMENSIONS)[number];

/** What every offer is drawn with, so that the same offers rank the same. */
export interface Draws {
  readonly n: number;
  /** Factors of the medians: exp(sd of log x standard normal). */
  readonly run: Float64Array;
  readonly boot: Float64Array;
  readonly download: Float64Array;
  readonly load: Float64Array;
  /** Uniform: the attempt never answers where it is below the chance. */
  readonly no_answer: Float64Array;
  /** Standard exponential: the attempt is lost where it is below hazard x duration. */
  readonly loss: Float64Array;
  /** Uniform: at which share of its duration a lost attempt is lost. */
  readonly moment: Float64Array;
  /** One cycle through all draws, without order: another attempt takes the next draw of it. */
  readonly next: Uint32Array;
}

/** Standard deviations of log(part), as ADR 0008 states them. */
export const LOG_SD = { boot: 0.6, download: 0.5, load: 0.5, run: 0.45 } as const;

/** The only positive root of x^(d + 1) = x + 1. */
function harmonious(d: number): number {
  let x = 2;
  for (let i = 0; i < 40; i++) x = (1 + x) ** (1 / (d + 1));
  return x;
}

/**
 * `n` points spread evenly over the unit cube (an additive recurrence of harmonious steps, Roberts 2018), each
 * dimension then stratified: every one of its n equal parts holds one point.
 */
function uniforms(n: number): Readonly<Record<Dimension, Float64Array>> {
  const step = 1 / harmonious(DIMENSIONS.length);
  const made = DIMENSIONS.map((dimension, d) => {
    const alpha = step ** (d + 1);
    const raw = Float64Array.from({ length: n }, (_, i) => (0.5 + (i + 1) * alpha) % 1);
    const order = Uint32Array.from(raw.keys()).sort((a, b) => (raw[a] as number) - (raw[b] as number));
    const stratified = new Float64Array(n);
    for (const [rank, i] of order.entries()) stratified[i] = (rank + 0.5) / n;
    return [dimension, stratified] as const;
  });
  return Object.fromEntries(made) as Record<Dimension, Float64Array>;
}

/** Sattolo's shuffle: every permutation that is one cycle is as likely. */
function cycle(n: number): Uint32Array {
  const random = seeded(CYCLE_SEED);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * i);
    const held = order[i] as number;
    order[i] = order[j] as number;
    order[j] = held;
  }
  return order;
}
const CYCLE_SEED = 8;

export function makeDraws(n: number): Draws {
  const u = uniforms(n);
  const factors = (part: keyof typeof LOG_SD): Float64Array =>
    u[part].map((p) => Math.exp(LOG_SD[part] * normalQuantile(p)));
  return {
    n,
    run: factors('run'),
    boot: factors('boot'),
    download: factors('download'),
    load: factors('load'),
    no_answer: u.no_answer,
    loss: u.loss.map((p) => -Math.log1p(-p)),
    moment: u.moment,
    next: cycle(n),
  };
}
