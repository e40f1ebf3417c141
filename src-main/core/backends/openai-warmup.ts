import { setTimeout as sleep } from 'node:timers/promises';
import { abortFailure, CodedError } from '#shared/model/failure.ts';
import type { WarmupRequest } from './backend.ts';
import { withDeadline } from './deadline.ts';
import { seconds, statusFailure } from './failures.ts';
import type { Patience } from './http-call.ts';
import { openaiChunk } from './openai-wire.ts';
import type { Rejection, ServerClient } from './server-client.ts';

const RETRY_MS = 1000;

class StillLoading extends Error {}

/** One token asked for: servers that load on demand load now. While llama.cpp loads it answers 503; then we wait. */
export function warmupOpenai(
  client: ServerClient,
  request: WarmupRequest,
  patience: Patience,
  rejected: (model: string) => (rejection: Rejection) => Error | null,
) {
  const late = () =>
    new CodedError(
      'backend.warmup_timeout',
      `${client.server} did not have "${request.model}" ready within ${seconds(request.timeoutMs)}. Raise backend_warmup_timeout, or choose a smaller model.`,
      { retryable: true },
    );
  return withDeadline(request.signal, request.timeoutMs, late, async (signal) => {
    const started = performance.now();
    const body = {
      model: request.model,
      messages: [{ role: 'user', content: 'Hi' }],
      max_tokens: 1,
      stream: false,
    };
    for (;;) {
      try {
        await client.json(
          {
            path: '/chat/completions',
            body,
            signal,
            patience,
            onRejected: (rejection) => {
              if (rejection.status === 503 && /loading/i.test(rejection.message)) return new StillLoading();
              // A server that answers wants other parameters: it is up, which is all that was asked.
              if (rejection.status === 400 && /max_tokens/.test(rejection.message)) return new Answered();
              return (
                rejected(request.model)(rejection) ??
                statusFailure(rejection.status, client.server, rejection.message)
              );
            },
          },
          openaiChunk,
        );
        break;
      } catch (thrown) {
        if (thrown instanceof Answered) break;
        if (!(thrown instanceof StillLoading)) throw thrown;
        await pause(signal);
      }
    }
    return { load_ms: performance.now() - started, pulled: false };
  });
}

class Answered extends Error {}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await sleep(RETRY_MS, undefined, { signal });
  } catch {
    throw abortFailure(signal);
  }
}
