import { type FakeServer, json, startFakeServer } from './fake-server.ts';

export interface FakeOpenaiOptions {
  /** Entries of /v1/models; null: the route is not served, as by many gateways. */
  readonly models?: readonly Readonly<Record<string, unknown>>[] | null;
  readonly words?: readonly string[];
  readonly wordMs?: number;
  readonly usage?: Readonly<Record<string, unknown>> | null;
  /** llama.cpp's figures in the last chunk. */
  readonly timings?: Readonly<Record<string, unknown>>;
  /** Sent after the first word. */
  readonly interject?: Readonly<Record<string, unknown>>;
  /** Parameters this server rejects by name. */
  readonly rejects?: readonly string[];
  /** Answers one document whatever `stream` says. */
  readonly neverStreams?: boolean;
  /** How often it says that it is still loading. */
  readonly loadingTimes?: number;
  readonly apiKey?: string;
  /** More GET routes, by path. */
  readonly routes?: Readonly<Record<string, unknown>>;
}

/** A server with OpenAI's routes, and with the differences that its relatives show. */
export async function startFakeOpenai(options: FakeOpenaiOptions = {}): Promise<FakeServer> {
  let loading = options.loadingTimes ?? 0;
  const failed = (status: number, message: string) =>
    json({ error: { message, type: 'x', code: status } }, status);
  return startFakeServer(({ method, path, body, headers }) => {
    if (options.apiKey !== undefined && headers.authorization !== `Bearer ${options.apiKey}`) {
      return failed(401, `Incorrect API key provided: ${headers.authorization ?? 'none'}`);
    }
    if (method === 'GET' && options.routes?.[path] !== undefined) return json(options.routes[path]);
    if (path === '/v1/models' && options.models !== null) {
      return json({
        object: 'list',
        data: options.models ?? [{ id: 'm1', owned_by: 'vllm', max_model_len: 8192 }],
      });
    }
    if (path !== '/v1/chat/completions') return undefined;
    if (loading > 0) {
      loading--;
      return failed(503, 'Loading model');
    }
    const rejected = options.rejects?.find((name) => name in body);
    if (rejected !== undefined) {
      return failed(400, `Unsupported parameter: '${rejected}'. Use 'max_completion_tokens' instead.`);
    }
    const model = String(body.model);
    if (model === 'absent') return failed(404, 'The model `absent` does not exist.');
    const words = options.words ?? ['Two ', 'pods ', 'restart.'];
    const usage = options.usage === undefined ? { prompt_tokens: 26, completion_tokens: 100 } : options.usage;
    if (body.stream !== true || options.neverStreams === true) {
      const message = { role: 'assistant', content: words.join('') };
      return json({ model, choices: [{ index: 0, message, finish_reason: 'stop' }], usage });
    }
    const chunk = (choices: unknown[], more = {}) => ({
      object: 'chat.completion.chunk',
      model,
      choices,
      ...more,
    });
    const events: unknown[] = words.map((content) =>
      chunk([{ index: 0, delta: { content }, finish_reason: null }]),
    );
    if (options.interject !== undefined) events.splice(1, events.length, options.interject);
    events.push(
      chunk(
        [{ index: 0, delta: {}, finish_reason: 'stop' }],
        options.timings ? { timings: options.timings } : {},
      ),
    );
    if (usage !== null) events.push(chunk([], { usage }));
    return {
      contentType: 'text/event-stream',
      chunks: [
        ': ping\n\n',
        ...events.map((event) => `data: ${JSON.stringify(event)}\n\n`),
        'data: [DONE]\n\n',
      ],
      ...(options.wordMs === undefined ? {} : { everyMs: options.wordMs }),
    };
  });
}
