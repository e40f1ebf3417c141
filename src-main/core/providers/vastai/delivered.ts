import type { ChatAnswer, LlmBackend, WarmupRequest } from '#core/backends/backend.ts';
import type { Clock } from '#core/ports/ports.ts';
import { isStoreTrouble } from '#core/store/database.ts';
import type { Ledger } from '#core/vastai/seams.ts';
import type { Milliseconds } from '#shared/model/units.ts';

/** A shorter pull, or a smaller one, measures no line. */
const LEAST_S = 0.5;
const LEAST_BYTES = 1_000_000;
const LEAST_TOKENS = 8;

/** The same backend; how fast its machine downloads and answers is written into the ledger. */
export function measuredBackend(
  inner: LlmBackend,
  rentalId: string,
  ledger: Ledger,
  clock: Pick<Clock, 'monotonicMs'>,
): LlmBackend {
  const write = (...[part]: [Parameters<Ledger['delivered']>[1]]): void => {
    try {
      ledger.delivered(rentalId, part);
    } catch (thrown) {
      // A figure that could not be kept must not fail the work.
      if (!isStoreTrouble(thrown)) throw thrown;
    }
  };
  let tokens = 0;
  let seconds = 0;
  const answered = (model: string, { figures }: ChatAnswer): void => {
    const { output_tokens, output_tokens_per_second: speed } = figures;
    if (output_tokens === null || speed === null || output_tokens < LEAST_TOKENS || !(speed > 0)) return;
    tokens += output_tokens;
    seconds += output_tokens / speed;
    write({ tokens_per_s: tokens / seconds, model });
  };
  return {
    backend_type: inner.backend_type,
    base_url: inner.base_url,
    normaliseModel: (model) => inner.normaliseModel(model),
    listModels: (signal) => inner.listModels(signal),
    getCapabilities: (model, signal) => inner.getCapabilities(model, signal),
    async warmup(request) {
      const pull = new Pull(clock);
      try {
        return await inner.warmup({ ...request, onProgress: pull.watch(request.onProgress) });
      } finally {
        const { bytes, seconds: took } = pull;
        if (bytes > 0) {
          const isMeasured = bytes >= LEAST_BYTES && took >= LEAST_S;
          write({
            gb_in: bytes / 1e9,
            ...(isMeasured && { download_mbps: (bytes * 8) / 1e6 / took }),
          });
        }
      }
    },
    async chat(request) {
      const answer = await inner.chat(request);
      answered(inner.normaliseModel(request.model), answer);
      return answer;
    },
  };
}

/** What a pull has brought, and how long it took. */
class Pull {
  private first: { readonly done: number; readonly atMs: Milliseconds } | null = null;
  private last: { readonly done: number; readonly atMs: Milliseconds } | null = null;
  private readonly clock: Pick<Clock, 'monotonicMs'>;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.clock = clock;
  }

  get bytes(): number {
    return (this.last?.done ?? 0) - (this.first?.done ?? 0);
  }

  get seconds(): number {
    return ((this.last?.atMs ?? 0) - (this.first?.atMs ?? 0)) / 1000;
  }

  watch(onProgress: WarmupRequest['onProgress']): NonNullable<WarmupRequest['onProgress']> {
    return (done, total, what) => {
      const now = { done, atMs: this.clock.monotonicMs() };
      this.first ??= now;
      if (done > (this.last?.done ?? -1)) this.last = now;
      onProgress?.(done, total, what);
    };
  }
}
