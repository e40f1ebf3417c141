import { type FakeAnswer, type FakeServer, json, type SeenRequest, startFakeServer } from './fake-server.ts';

export interface FakeOllamaOptions {
  /** Installed models. */
  readonly models?: readonly string[];
  /** Models that are not installed and that a pull brings. */
  readonly pullable?: readonly string[];
  readonly words?: readonly string[];
  readonly wordMs?: number;
  /** Members of the last line; Ollama leaves out those that are zero. */
  readonly final?: Readonly<Record<string, unknown>>;
  /** A line sent after the first word. */
  readonly interject?: Readonly<Record<string, unknown>>;
  readonly loadMs?: number;
}

export const FINAL_FIGURES = {
  total_duration: 4_000_000_000,
  load_duration: 1_000_000_000,
  prompt_eval_count: 26,
  prompt_eval_duration: 500_000_000,
  eval_count: 100,
  eval_duration: 2_000_000_000,
};

/** A server with Ollama's routes whose every figure is known beforehand. */
export async function startFakeOllama(options: FakeOllamaOptions = {}): Promise<FakeServer> {
  const installed = new Set(options.models ?? ['llama3.1:8b']);
  const loaded = new Set<string>();
  const ndjson = (lines: readonly unknown[], everyMs?: number): FakeAnswer => ({
    contentType: 'application/x-ndjson',
    chunks: lines.map((line) => `${JSON.stringify(line)}\n`),
    ...(everyMs === undefined ? {} : { everyMs }),
  });

  return startFakeServer(({ method, path, body }: SeenRequest) => {
    const model = String(body.model ?? '');
    const missing = json({ error: `model '${model}' not found` }, 404);
    switch (`${method} ${path}`) {
      case 'GET /api/version':
        return json({ version: '0.33.0' });
      case 'GET /api/tags':
        return json({ models: [...installed].map((name) => ({ name, size: 4_700_000_000 })) });
      case 'GET /api/ps':
        return json({ models: [...loaded].map((name) => ({ name, context_length: 4096 })) });
      case 'POST /api/show':
        if (!installed.has(model)) return missing;
        return json({
          model_info: { 'general.architecture': 'llama', 'llama.context_length': 131_072 },
          capabilities: ['completion', 'tools'],
        });
      case 'POST /api/generate':
        if (!installed.has(model)) return missing;
        loaded.add(model);
        return { ...json({ model, done: true, done_reason: 'load' }), everyMs: options.loadMs ?? 0 };
      case 'POST /api/pull': {
        if (!options.pullable?.includes(model)) {
          return ndjson([
            { status: 'pulling manifest' },
            { error: 'pull model manifest: file does not exist' },
          ]);
        }
        installed.add(model);
        const layer = { status: 'pulling abc', digest: 'sha256:abc', total: 1000 };
        const steps = [0, 250, 500, 1000].map((completed) => ({ ...layer, completed }));
        return ndjson([{ status: 'pulling manifest' }, layer, ...steps, { status: 'success' }], 5);
      }
      case 'POST /api/chat': {
        if (!installed.has(model)) return missing;
        const words = (options.words ?? ['Two ', 'pods ', 'restart.']).map((content) => ({
          model,
          message: { role: 'assistant', content },
          done: false,
        }));
        const last = { model, message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop' };
        const lines = options.interject === undefined ? words : [...words.slice(0, 1), options.interject];
        return ndjson([...lines, { ...last, ...(options.final ?? FINAL_FIGURES) }], options.wordMs);
      }
      default:
        return undefined;
    }
  });
}
