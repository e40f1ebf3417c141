import { describe, expect, it } from 'vitest';
import type { ChatAnswer, LlmBackend } from '#core/backends/backend.ts';
import type { Ledger } from '#core/vastai/seams.ts';
import { measuredBackend } from './delivered.ts';

type Written = Parameters<Ledger['delivered']>[1];

function measured(given: Partial<LlmBackend>) {
  const written: Written[] = [];
  let nowMs = 0;
  const ledger = { delivered: (_: string, part: Written) => void written.push(part) } as unknown as Ledger;
  const inner = {
    normaliseModel: (model: string) => model.replace('ollama/', ''),
    ...given,
  } as unknown as LlmBackend;
  return {
    written,
    passes: (ms: number) => {
      nowMs += ms;
    },
    backend: measuredBackend(inner, 'r', ledger, { monotonicMs: () => nowMs }),
  };
}

const answer = (output_tokens: number | null, output_tokens_per_second: number | null) =>
  ({ figures: { output_tokens, output_tokens_per_second } }) as ChatAnswer;
const signal = new AbortController().signal;

describe('what a rented machine delivers', () => {
  it('is the line as a pull found it, also one that did not come to its end', async () => {
    for (const ends of [true, false]) {
      const bench = measured({
        warmup: async ({ onProgress }) => {
          onProgress?.(0, 4e9, 'pulling');
          bench.passes(10_000);
          onProgress?.(2e9, 4e9, 'pulling');
          // Verifying takes time, and brings nothing.
          bench.passes(60_000);
          onProgress?.(2e9, 4e9, 'verifying');
          if (!ends) throw new Error('lost');
          return { load_ms: 1, pulled: true };
        },
      });
      await bench.backend.warmup({ model: 'm', timeoutMs: 1, signal }).catch(() => {});
      expect(bench.written).toEqual([{ gb_in: 2, download_mbps: 1600 }]);
    }
  });

  it('is no line where nothing had to be pulled', async () => {
    const bench = measured({ warmup: async () => ({ load_ms: 1, pulled: false }) });
    await bench.backend.warmup({ model: 'm', timeoutMs: 1, signal });
    expect(bench.written).toEqual([]);
  });

  it('is the speed of all answers together', async () => {
    const answers = [answer(100, 50), answer(300, 100), answer(null, null), answer(3, 900)];
    const bench = measured({ chat: async () => answers.shift() ?? answer(null, null) });
    for (let i = 0; i < 4; i++) await bench.backend.chat({ model: 'ollama/m', messages: [], signal });
    expect(bench.written).toEqual([
      { tokens_per_s: 50, model: 'm' },
      { tokens_per_s: 80, model: 'm' },
    ]);
  });
});
