import { CodedError } from '#shared/model/failure.ts';
import type { BackendCapabilities, BackendEndpoint, ChatAnswer, ChatRequest, LlmBackend } from './backend.ts';
import { messageIn, parseJson } from './body.ts';
import { badResponse, modelNotFound } from './failures.ts';
import { CallClock, figuresOf } from './figures.ts';
import { LONG, type Patience } from './http-call.ts';
import { MAX_ANSWER_CHARACTERS, maxOutputTokens, nullIfZero } from './limits.ts';
import { warmupOllama } from './ollama-warmup.ts';
import { type OllamaChunk, ollamaChunk, ollamaPs, ollamaShow, ollamaTags } from './ollama-wire.ts';
import { createServerClient, type Rejection } from './server-client.ts';

const PREFIX = /^(ollama|ollama_chat)\//;

/** Ollama's own API; also what the demo backend speaks. Servers are shared: other models are never unloaded. */
export function createOllamaBackend(
  endpoint: BackendEndpoint,
  patience: { readonly brief?: Patience; readonly long?: Patience } = {},
): LlmBackend {
  const client = createServerClient(endpoint.base_url, endpoint.api_key, patience.brief);
  const { server } = client;
  const long = patience.long ?? LONG;
  const normaliseModel = (model: string): string => {
    const name = model.trim().replace(PREFIX, '');
    return name === '' && endpoint.backend_type === 'demo' ? 'demo' : name;
  };
  const rejected =
    (model: string) =>
    ({ status, message }: Rejection): Error | null =>
      status === 404 && /model/i.test(message) ? modelNotFound(server, model, message) : null;

  return {
    backend_type: endpoint.backend_type,
    base_url: endpoint.base_url,
    normaliseModel,

    async listModels(signal) {
      const [tags, ps] = await Promise.all([
        client.json({ path: '/api/tags', signal }, ollamaTags),
        client.json({ path: '/api/ps', signal }, ollamaPs),
      ]);
      const loaded = new Map((ps.models ?? []).map((model) => [model.name, model]));
      return (tags.models ?? []).map((model) => ({
        name: model.name,
        size_bytes: model.size ?? null,
        context_length: loaded.get(model.name)?.context_length ?? model.details?.context_length ?? null,
        loaded: loaded.has(model.name),
      }));
    },

    async getCapabilities(model, signal): Promise<BackendCapabilities> {
      const name = normaliseModel(model);
      const shown = await client.json(
        { path: '/api/show', body: { model: name }, signal, onRejected: rejected(name) },
        ollamaShow,
      );
      const context = Object.entries(shown.model_info ?? {}).find(
        ([key, value]) => /(^|\.)context_length$/.test(key) && typeof value === 'number',
      )?.[1];
      const length = typeof context === 'number' ? context : null;
      return {
        context_length: length,
        max_output_tokens: maxOutputTokens(length),
        capabilities: shown.capabilities ?? [],
      };
    },

    warmup: (request) => warmupOllama(client, { ...request, model: normaliseModel(request.model) }, long),

    async chat(request: ChatRequest): Promise<ChatAnswer> {
      const model = normaliseModel(request.model);
      const body = {
        model,
        messages: request.messages,
        stream: true,
        ...(request.max_output_tokens === undefined
          ? {}
          : { options: { num_predict: request.max_output_tokens } }),
      };
      const clock = new CallClock();
      let text = '';
      const call = { path: '/api/chat', body, signal: request.signal, patience: long };
      for await (const line of client.lines({ ...call, onRejected: rejected(model) })) {
        const chunk = parseJson(line, ollamaChunk, server);
        if (chunk.error !== undefined) throw midStreamFailure(server, messageIn(chunk.error) ?? '');
        const piece = chunk.message?.content ?? '';
        const thought = chunk.message?.thinking ?? '';
        if (piece !== '' || thought !== '') clock.token();
        if (thought !== '') request.onThought?.(thought);
        if (piece !== '') {
          text += piece;
          if (text.length > MAX_ANSWER_CHARACTERS) throw badResponse(server, 'sent an answer without end');
          request.onToken?.(piece);
        }
        if (chunk.done === true) return answerOf(chunk, text, clock);
      }
      throw new CodedError(
        'backend.interrupted',
        `${server} ended its answer before it was complete. Look at the server's log, then try again.`,
        { retryable: true },
      );
    },
  };
}

const midStreamFailure = (server: string, message: string): CodedError =>
  new CodedError(
    'backend.interrupted',
    `${server} failed in the middle of its answer${message === '' ? '' : `: ${message.slice(0, 200)}`}. Look at its log, then try again.`,
    { detail: message, retryable: true },
  );

function answerOf(final: OllamaChunk, text: string, clock: CallClock): ChatAnswer {
  return {
    text,
    finish_reason: final.done_reason ?? null,
    response_model: final.model ?? null,
    figures: figuresOf(
      {
        // A prompt that was cached whole has no count at all: unknown, not zero.
        input_tokens: final.prompt_eval_count ?? null,
        output_tokens: final.eval_count ?? null,
        load_ms: nullIfZero(final.load_duration, 1e6),
        prompt_eval_ms: nullIfZero(final.prompt_eval_duration, 1e6),
        generation_ms: nullIfZero(final.eval_duration, 1e6),
        prompt_per_second: null,
        output_per_second: null,
        total_ms: nullIfZero(final.total_duration, 1e6),
      },
      clock,
    ),
  };
}
