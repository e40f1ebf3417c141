import { findModel, modelSizeGb, modelTable } from '#shared/model/model-fit.ts';
import { DEMO_MODELS, type DemoModel, demoModel } from './demo-models.ts';

/** A machine that the demo server stands for: any model can be pulled to it. */
export interface DemoMachine {
  /** Where to listen, if that is free; null for anywhere. */
  readonly port: number | null;
  /** Multiplies the size of models, so that a slow line is watched for seconds and its bandwidth stays true. */
  readonly scale: number;
  /** Bytes that arrive per second. */
  readonly downloadRate: number;
  /** GB that its cards together read per second; a token takes one reading of the model. */
  readonly memoryRate: number;
  /** Names of those that are there from the start. */
  readonly models: readonly string[];
  /** Bytes, as they arrive; with the model's name when it is whole. */
  downloaded(bytes: number, model: string | null): void;
}

/** What a demo server has and what it can get. */
export interface DemoStock {
  list(): readonly DemoModel[];
  find(name: string): DemoModel | undefined;
  /** Null: there is no such model anywhere. */
  pull(name: string): DemoPull | null;
}

export interface DemoPull {
  readonly model: DemoModel;
  readonly total: number;
  /** How much of it is there already, and in how many steps of what length the rest arrives. */
  readonly from: number;
  readonly steps: number;
  readonly stepMs: number;
  arrived(bytes: number): void;
}

/** The three models of the demo backend: a pull only goes through the motions. */
export const fixedStock: DemoStock = {
  list: () => DEMO_MODELS,
  find: demoModel,
  pull: (name) => {
    const model = demoModel(name);
    if (model === undefined) return null;
    return { model, total: Math.round(model.size_bytes), from: 0, steps: 10, stepMs: 60, arrived: () => {} };
  },
};

/** GB per second from disk to card. */
const LOAD_RATE = 2;
const LONGEST_WORD_MS = 150;
/** Tokens per word, roughly. */
const WORD_TOKENS = 1.4;
/** What is taken of a model whose name does not tell. */
const USUAL_GB = 5;
const STEP_MS = 250;

export function machineStock(machine: DemoMachine): DemoStock {
  const installed = new Map(machine.models.map((name) => [name, modelOn(machine, name)]));
  /** Bytes there, of models that are not whole yet: a pull goes on where it stopped. */
  const parts = new Map<string, number>();
  return {
    list: () => [...installed.values()],
    find: (name) => installed.get(plain(name)),
    pull(given) {
      const name = plain(given);
      if (!/^[a-z0-9][a-z0-9._/-]*(:[a-z0-9._-]+)?$/i.test(name)) return null;
      const model = installed.get(name) ?? modelOn(machine, name);
      const total = model.size_bytes;
      const from = installed.has(name) ? total : (parts.get(name) ?? 0);
      const seconds = (total - from) / machine.downloadRate;
      const steps = from === total ? 0 : Math.min(60, Math.max(10, Math.ceil((seconds * 1000) / STEP_MS)));
      return {
        model,
        total,
        from,
        steps,
        stepMs: steps === 0 ? 0 : (seconds * 1000) / steps,
        arrived(bytes) {
          const have = (parts.get(name) ?? 0) + bytes;
          parts.set(name, have);
          const whole = have >= total;
          if (whole) installed.set(name, model);
          machine.downloaded(bytes, whole ? name : null);
        },
      };
    },
  };
}

const plain = (name: string): string => name.replace(/:latest$/, '');

/** Size by the selector's formula; speed by how often the cards' memory can be read. */
function modelOn({ scale, memoryRate }: DemoMachine, name: string): DemoModel {
  const known = findModel(name, modelTable([]));
  const gb = known === null ? USUAL_GB : modelSizeGb(known);
  const tokenMs = (gb / memoryRate) * 1000;
  const billions = gb / 1.1;
  return {
    name,
    size_bytes: Math.max(1, Math.round(gb * scale * 1e9)),
    parameter_size: `${billions.toFixed(1)}B`,
    parameter_count: Math.round(billions * 1e9),
    context_length: 131_072,
    loadMs: (gb * scale * 1000) / LOAD_RATE,
    promptMs: tokenMs / 10,
    wordMs: Math.min(LONGEST_WORD_MS, tokenMs * WORD_TOKENS),
  };
}
