import type { Milliseconds } from '#shared/model/units.ts';

/** One model of the demo server. Delays are at slowness 1. */
export interface DemoModel {
  readonly name: string;
  readonly size_bytes: number;
  readonly parameter_size: string;
  readonly parameter_count: number;
  readonly context_length: number;
  readonly loadMs: Milliseconds;
  /** Per prompt token. */
  readonly promptMs: Milliseconds;
  /** Per streamed word. */
  readonly wordMs: Milliseconds;
}

const GIB = 2 ** 30;

// A default job (warm-up, then about 75 words) takes about two seconds; the other two make comparisons worth a look.
export const DEMO_MODELS: readonly DemoModel[] = [
  {
    name: 'demo',
    size_bytes: 4.7 * GIB,
    parameter_size: '8.0B',
    parameter_count: 8_030_261_248,
    context_length: 131_072,
    loadMs: 400,
    promptMs: 2,
    wordMs: 16,
  },
  {
    name: 'demo-small',
    size_bytes: 1.3 * GIB,
    parameter_size: '1.2B',
    parameter_count: 1_235_814_400,
    context_length: 32_768,
    loadMs: 180,
    promptMs: 1,
    wordMs: 8,
  },
  {
    name: 'demo-large',
    size_bytes: 39.6 * GIB,
    parameter_size: '70.6B',
    parameter_count: 70_553_706_496,
    context_length: 131_072,
    loadMs: 850,
    promptMs: 5,
    wordMs: 26,
  },
];

/** By name, with or without Ollama's default tag. */
export const demoModel = (name: string): DemoModel | undefined =>
  DEMO_MODELS.find((model) => model.name === name.replace(/:latest$/, ''));
