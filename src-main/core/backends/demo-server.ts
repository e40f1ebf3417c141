import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { demoAnswer } from './demo-answer.ts';
import { type DemoMachine, machineStock } from './demo-machine.ts';
import { createDemoRuntime, type DemoRuntime } from './demo-runtime.ts';

const MAX_BODY_BYTES = 2 * 1024 * 1024;

const base = {
  model: z.string().max(256).optional(),
  name: z.string().max(256).optional(),
  stream: z.boolean().default(true),
  keep_alive: z.union([z.string().max(32), z.number()]).optional(),
  options: z.looseObject({ num_predict: z.number().optional() }).default({}),
};
const requestBody = z.looseObject({
  ...base,
  prompt: z.string().default(''),
  messages: z.array(z.looseObject({ role: z.string(), content: z.string().default('') })).default([]),
});
type RequestBody = z.infer<typeof requestBody>;

/** What Ollama would answer with this status: the text of its `error` member. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface DemoServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The demo backend: an Ollama-compatible server on a free loopback port whose models answer from a small stock of
 * texts. `slowness` is asked before every delay and multiplies it; 0 takes all delays out. As a rented machine it has
 * nothing at first, and whatever is pulled then.
 */
export async function startDemoServer(options: {
  readonly machine?: DemoMachine | undefined;
  slowness(): number;
}): Promise<DemoServer> {
  const { machine } = options;
  const runtime = createDemoRuntime(
    options.slowness,
    machine === undefined ? undefined : machineStock(machine),
  );
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    respond(runtime, request, response, gone.signal).catch((thrown: unknown) =>
      refuse(response, thrown, gone.signal),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(machine?.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  runtime: DemoRuntime,
  request: IncomingMessage,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  const route = `${request.method === 'HEAD' ? 'GET' : request.method} ${(request.url ?? '/').split('?')[0]}`;
  switch (route) {
    case 'GET /':
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('Ollama is running');
      return;
    case 'GET /api/version':
      return json(response, { version: '0.33.0-demo' });
    case 'GET /api/tags':
      return json(response, { models: runtime.tags() });
    case 'GET /api/ps':
      return json(response, { models: runtime.loaded() });
    case 'POST /api/show':
      return json(response, runtime.show(known(runtime, await readBody(request))));
    case 'POST /api/pull': {
      const body = await readBody(request);
      return stream(response, runtime.pull(modelName(body), gone), body.stream);
    }
    case 'POST /api/generate':
    case 'POST /api/chat': {
      const body = await readBody(request);
      const model = known(runtime, body);
      const chat = route === 'POST /api/chat';
      const asked = chat ? lastQuestion(body) : body.prompt;
      if (asked === null || asked === '') {
        return json(response, await runtime.load(model, chat, body.keep_alive, gone));
      }
      const prompt = chat ? body.messages.map((message) => message.content).join('\n') : asked;
      const answer = { prompt, text: demoAnswer(asked), limit: body.options.num_predict };
      return stream(response, runtime.answer(model, chat, answer, gone), body.stream);
    }
    default:
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found');
  }
}

const modelName = (body: RequestBody): string => body.model ?? body.name ?? '';

const lastQuestion = (body: RequestBody): string | null =>
  body.messages.findLast((message) => message.role === 'user')?.content ?? null;

function known(runtime: DemoRuntime, body: RequestBody) {
  const name = modelName(body);
  if (name === '') throw new Refusal(400, 'model is required');
  const model = runtime.find(name);
  if (model === undefined) throw new Refusal(404, `model '${name}' not found`);
  return model;
}

async function readBody(request: IncomingMessage): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Refusal(413, 'http: request body too large');
    chunks.push(chunk);
  }
  if (size === 0) throw new Refusal(400, 'missing request body');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refusal(400, 'the request body is not valid JSON');
  }
  const parsed = requestBody.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Refusal(400, `${issue?.path.join('.') || 'request'}: ${issue?.message ?? 'not valid'}`);
}

function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(value));
}

/** NDJSON as it comes, or with `stream: false` its last object with the text of all. */
async function stream(
  response: ServerResponse,
  lines: AsyncIterable<Readonly<Record<string, unknown>>>,
  streamed: boolean,
): Promise<void> {
  if (streamed) {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for await (const line of lines) response.write(`${JSON.stringify(line)}\n`);
    response.end();
    return;
  }
  let text = '';
  let last: Readonly<Record<string, unknown>> = {};
  for await (const line of lines) {
    last = line;
    text += textOf(line);
  }
  if ('message' in last) json(response, { ...last, message: { role: 'assistant', content: text } });
  else json(response, 'response' in last ? { ...last, response: text } : last);
}

function textOf(line: Readonly<Record<string, unknown>>): string {
  if (typeof line.response === 'string') return line.response;
  const message = line.message as { content?: unknown } | undefined;
  return typeof message?.content === 'string' ? message.content : '';
}

function refuse(response: ServerResponse, thrown: unknown, gone: AbortSignal): void {
  if (gone.aborted || response.headersSent) {
    response.destroy();
    return;
  }
  const status = thrown instanceof Refusal ? thrown.status : 500;
  response.setHeader('connection', 'close');
  json(response, { error: thrown instanceof Error ? thrown.message : 'internal error' }, status);
}
