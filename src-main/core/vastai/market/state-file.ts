import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type Contract, contractSchema, type Volume, volumeSchema } from './contract.ts';

const VERSION = 1;
const MAX_BYTES = 64 * 1024 * 1024;
/** Ended contracts beyond these are forgotten, the oldest first. */
const MAX_ENDED = 5000;

const file = z.object({
  version: z.literal(VERSION),
  seed: z.number(),
  next_id: z.number().int().positive(),
  contracts: z.array(contractSchema).max(100_000),
  volumes: z.array(volumeSchema).max(100_000),
});

export interface MarketState {
  nextId: number;
  readonly contracts: Map<number, Contract>;
  readonly volumes: Map<number, Volume>;
}

export interface StateFile {
  readonly state: MarketState;
  /** Replaces the file whole; it is the kernel's when this returns, so that it outlives a kill. */
  save(): void;
}

const FIRST_ID = 24_000_001;

/** A file that cannot be read, or is another market's, is moved aside, and the market begins anew. */
export function openStateFile(path: string, seed: number, readOnly: boolean): StateFile {
  const state = load(path, seed, readOnly) ?? {
    nextId: FIRST_ID,
    contracts: new Map(),
    volumes: new Map(),
  };
  // Most contracts have ended and never change: their text is kept.
  const texts = new Map<number, string>();
  const textOf = (contract: Contract): string => {
    if (contract.destroyed_at === null) return JSON.stringify(contract);
    const text = texts.get(contract.id) ?? JSON.stringify(contract);
    texts.set(contract.id, text);
    return text;
  };
  return {
    state,
    save() {
      if (readOnly) return;
      forgetOldest(state, texts);
      const contracts = Array.from(state.contracts.values(), textOf).join(',\n');
      const volumes = JSON.stringify([...state.volumes.values()]);
      replace(
        path,
        `{"version":${VERSION},"seed":${seed},"next_id":${state.nextId},"volumes":${volumes},"contracts":[\n${contracts}\n]}\n`,
      );
    },
  };
}

function load(path: string, seed: number, readOnly: boolean): MarketState | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw thrown;
  }
  try {
    if (text.length > MAX_BYTES) throw new RangeError('too large');
    const read = file.parse(JSON.parse(text));
    if (read.seed !== seed) throw new RangeError('of another seed');
    return {
      nextId: read.next_id,
      contracts: new Map(read.contracts.map((one) => [one.id, one])),
      volumes: new Map(read.volumes.map((one) => [one.id, one])),
    };
  } catch {
    if (!readOnly) renameSync(path, `${path}.damaged-${Date.now()}`);
    return null;
  }
}

function forgetOldest({ contracts }: MarketState, texts: Map<number, string>): void {
  if (contracts.size <= MAX_ENDED) return;
  for (const [id, { destroyed_at }] of contracts) {
    if (destroyed_at === null) continue;
    contracts.delete(id);
    texts.delete(id);
    if (contracts.size <= MAX_ENDED) return;
  }
}

function replace(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}
