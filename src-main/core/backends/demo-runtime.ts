import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoTokens } from './demo-answer.ts';
import { type DemoPull, type DemoStock, fixedStock } from './demo-machine.ts';
import type { DemoModel } from './demo-models.ts';

type Line = Readonly<Record<string, unknown>>;
type KeepAlive = string | number | undefined;

const FIVE_MINUTES = 300_000;
const FOR_EVER = 100 * 365 * 86_400_000;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const nanoseconds = (ms: number): number => Math.max(1, Math.round(ms * 1e6));
const digestOf = (model: DemoModel): string => createHash('sha256').update(model.name).digest('hex');

/** The demo server's models: which are loaded and until when, and what each call answers, in Ollama's shapes. */
export function createDemoRuntime(slowness: () => number, stock: DemoStock = fixedStock) {
  const loadedUntil = new Map<string, number>();
  const wait = (ms: number, gone: AbortSignal) => sleep(ms * slowness(), undefined, { signal: gone });
  const isLoaded = (model: DemoModel): boolean => (loadedUntil.get(model.name) ?? 0) > Date.now();
  const keep = (model: DemoModel, keepAlive: KeepAlive): void => {
    loadedUntil.set(model.name, Date.now() + keepAliveMs(keepAlive));
  };

  /** Returns how long it took; 1 ms or so when the model was there already. */
  async function ensureLoaded(model: DemoModel, gone: AbortSignal): Promise<number> {
    const started = performance.now();
    if (!isLoaded(model)) await wait(model.loadMs, gone);
    keep(model, undefined);
    return performance.now() - started;
  }

  return {
    tags: (): readonly Line[] => stock.list().map((model) => describe(model)),

    loaded: (): readonly Line[] =>
      stock
        .list()
        .filter(isLoaded)
        .map((model) => ({
          ...describe(model),
          expires_at: new Date(loadedUntil.get(model.name) ?? 0).toISOString(),
          size_vram: Math.round(model.size_bytes),
          context_length: 4096,
        })),

    show: (model: DemoModel): Line => ({
      modelfile: `FROM ${model.name}`,
      parameters: '',
      template: '{{ .Prompt }}',
      details: describe(model).details,
      model_info: {
        'general.architecture': 'demo',
        'general.parameter_count': model.parameter_count,
        'demo.context_length': model.context_length,
      },
      capabilities: ['completion'],
      modified_at: MODIFIED,
    }),

    /** An empty prompt loads the model, or with keep_alive 0 unloads it. */
    async load(model: DemoModel, chat: boolean, keepAlive: KeepAlive, gone: AbortSignal): Promise<Line> {
      const unload = keepAliveMs(keepAlive) === 0;
      if (unload) loadedUntil.delete(model.name);
      else {
        await ensureLoaded(model, gone);
        keep(model, keepAlive);
      }
      return { ...chunk(model, chat, ''), done: true, done_reason: unload ? 'unload' : 'load' };
    },

    async *answer(
      model: DemoModel,
      chat: boolean,
      asked: { readonly prompt: string; readonly text: string; readonly limit: number | undefined },
      gone: AbortSignal,
    ): AsyncGenerator<Line> {
      const started = performance.now();
      const loadMs = await ensureLoaded(model, gone);
      const promptTokens = demoTokens(asked.prompt);
      const promptStarted = performance.now();
      await wait(Math.min(promptTokens, 150) * model.promptMs, gone);
      const generationStarted = performance.now();
      let tokens = 0;
      let cut = false;
      for (const [index, word] of asked.text.split(' ').entries()) {
        if (asked.limit !== undefined && asked.limit >= 0 && tokens >= asked.limit) {
          cut = true;
          break;
        }
        await wait(model.wordMs, gone);
        tokens += demoTokens(word);
        yield { ...chunk(model, chat, index === 0 ? word : ` ${word}`), done: false };
      }
      const ended = performance.now();
      keep(model, undefined);
      yield {
        ...chunk(model, chat, ''),
        done: true,
        done_reason: cut ? 'length' : 'stop',
        total_duration: nanoseconds(ended - started),
        load_duration: nanoseconds(loadMs),
        prompt_eval_count: promptTokens,
        prompt_eval_duration: nanoseconds(generationStarted - promptStarted),
        eval_count: tokens,
        eval_duration: nanoseconds(ended - generationStarted),
      };
    },

    pull: (name: string, gone: AbortSignal): AsyncGenerator<Line> => {
      const pull = stock.pull(name);
      return pull === null ? pullUnknown() : pullKnown(pull, (ms) => wait(ms, gone));
    },

    find: (name: string): DemoModel | undefined => stock.find(name),
  };
}

export type DemoRuntime = ReturnType<typeof createDemoRuntime>;

async function* pullKnown(pull: DemoPull, wait: (ms: number) => Promise<void>): AsyncGenerator<Line> {
  const hex = digestOf(pull.model);
  const { total, from, steps } = pull;
  const layer = { status: `pulling ${hex.slice(0, 12)}`, digest: `sha256:${hex}`, total };
  yield { status: 'pulling manifest' };
  yield from === 0 ? layer : { ...layer, completed: from };
  let have = from;
  for (let step = 1; step <= steps; step++) {
    await wait(pull.stepMs);
    const completed = Math.round(from + ((total - from) * step) / steps);
    pull.arrived(completed - have);
    have = completed;
    yield { ...layer, completed };
  }
  yield { status: 'verifying sha256 digest' };
  yield { status: 'writing manifest' };
  yield { status: 'success' };
}

async function* pullUnknown(): AsyncGenerator<Line> {
  yield { status: 'pulling manifest' };
  yield { error: 'pull model manifest: file does not exist' };
}

const MODIFIED = '2026-11-01T00:00:00Z';

const describe = (model: DemoModel) => ({
  name: model.name,
  model: model.name,
  modified_at: MODIFIED,
  size: Math.round(model.size_bytes),
  digest: digestOf(model),
  details: {
    parent_model: '',
    format: 'demo',
    family: 'demo',
    families: ['demo'],
    parameter_size: model.parameter_size,
    quantization_level: 'Q4_K_M',
    context_length: model.context_length,
  },
  capabilities: ['completion'],
});

const chunk = (model: DemoModel, chat: boolean, text: string): Line => ({
  model: model.name,
  created_at: new Date().toISOString(),
  ...(chat ? { message: { role: 'assistant', content: text } } : { response: text }),
});

/** Ollama's keep_alive: seconds, or a number with a unit; negative is for ever. */
function keepAliveMs(value: KeepAlive): number {
  if (value === undefined) return FIVE_MINUTES;
  if (typeof value === 'number') return value < 0 ? FOR_EVER : value * 1000;
  const parts = /^(-?\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(value);
  if (parts === null) return FIVE_MINUTES;
  const amount = Number(parts[1]);
  return amount < 0 ? FOR_EVER : amount * (UNIT_MS[parts[2] ?? 's'] ?? 1000);
}
