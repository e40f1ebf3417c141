import { CodedError } from '#shared/model/failure.ts';
import type { WarmupRequest } from './backend.ts';
import { messageIn, parseJson } from './body.ts';
import { withDeadline } from './deadline.ts';
import { badResponse, seconds } from './failures.ts';
import type { Patience } from './http-call.ts';
import { ollamaChunk, ollamaPullLine } from './ollama-wire.ts';
import type { ServerClient } from './server-client.ts';

const KEEP_ALIVE = '30m';

class ModelMissing extends Error {}

/**
 * Loads the model, and pulls it first where the server lacks it. The time limit is that of RUNE's warm-up; a pull
 * may take longer as long as bytes arrive, and the load after it has the whole limit again.
 */
export function warmupOllama(client: ServerClient, request: WarmupRequest, patience: Patience) {
  const late = () =>
    new CodedError(
      'backend.warmup_timeout',
      `${client.server} did not have "${request.model}" ready within ${seconds(request.timeoutMs)}. Raise backend_warmup_timeout, or choose a smaller model.`,
      { retryable: true },
    );
  return withDeadline(request.signal, request.timeoutMs, late, async (signal, extend) => {
    try {
      return { load_ms: await load(client, request.model, signal, patience), pulled: false };
    } catch (thrown) {
      if (!(thrown instanceof ModelMissing)) throw thrown;
    }
    extend();
    await pull(client, request, signal, patience, extend);
    extend();
    return { load_ms: await load(client, request.model, signal, patience), pulled: true };
  });
}

/** An empty prompt loads a model; Ollama's answer holds no duration, so this app's clock does. */
async function load(
  client: ServerClient,
  model: string,
  signal: AbortSignal,
  patience: Patience,
): Promise<number> {
  const started = performance.now();
  const answer = await client.json(
    {
      path: '/api/generate',
      body: { model, prompt: '', stream: false, keep_alive: KEEP_ALIVE },
      signal,
      patience,
      onRejected: ({ status, message }) =>
        status === 404 && /model/i.test(message) ? new ModelMissing(message) : null,
    },
    ollamaChunk,
  );
  if (answer.error !== undefined) {
    throw badResponse(client.server, 'did not load the model', messageIn(answer.error) ?? '');
  }
  return performance.now() - started;
}

async function pull(
  client: ServerClient,
  request: WarmupRequest,
  signal: AbortSignal,
  patience: Patience,
  extend: () => void,
): Promise<void> {
  const layers = new Map<string, { readonly total: number; readonly completed: number }>();
  let arrived = -1;
  const call = { path: '/api/pull', body: { model: request.model, stream: true }, signal, patience };
  for await (const line of client.lines(call)) {
    const step = parseJson(line, ollamaPullLine, client.server);
    if (step.error !== undefined) {
      throw pullFailure(client, request.model, messageIn(step.error) ?? '');
    }
    const status = step.status ?? '';
    if (status === 'success') return;
    if (step.digest) layers.set(step.digest, { total: step.total ?? 0, completed: step.completed ?? 0 });
    const done = sum(layers, 'completed');
    if (done !== arrived) extend();
    arrived = done;
    request.onProgress?.(done, sum(layers, 'total'), status);
  }
  throw new CodedError(
    'backend.interrupted',
    `${client.server} stopped pulling "${request.model}" before it was complete. Try again: it goes on where it stopped.`,
    { retryable: true },
  );
}

const sum = (
  layers: ReadonlyMap<string, { readonly total: number; readonly completed: number }>,
  key: 'total' | 'completed',
): number => [...layers.values()].reduce((all, layer) => all + layer[key], 0);

const pullFailure = (client: ServerClient, model: string, message: string): CodedError =>
  new CodedError(
    'backend.model_not_found',
    `${client.server} has no model "${model}" and could not pull it. Check its name, or choose one that is installed there.`,
    { detail: message },
  );
