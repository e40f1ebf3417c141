import { crc32 } from 'node:zlib';
import { type FakeAnswer, type FakeServer, json, startFakeServer } from './fake-server.ts';

export interface FakeBedrockOptions {
  /** Entries of ListFoundationModels. */
  readonly models?: readonly Readonly<Record<string, unknown>>[];
  /** Pages of ListInferenceProfiles; null: the caller may not list them. */
  readonly profiles?: readonly (readonly Readonly<Record<string, unknown>>[])[] | null;
  readonly words?: readonly string[];
  readonly wordMs?: number;
  readonly stopReason?: string;
  readonly usage?: unknown;
  readonly latencyMs?: unknown;
  /** An exception inside the stream, after the first word. */
  readonly interject?: { readonly type: string; readonly message: string };
  /** The end of a stream waits for this. */
  readonly held?: Promise<unknown>;
  readonly neverStreams?: boolean;
  /** Leaves out messageStop and what follows. */
  readonly cutShort?: boolean;
  /** Breaks the checksum of the frame with this number. */
  readonly corruptFrame?: number;
  /** What the authorization header must hold. */
  readonly authorised?: RegExp;
}

export const TEXT_MODEL = {
  modelId: 'meta.llama3-8b-instruct-v1:0',
  inputModalities: ['TEXT'],
  outputModalities: ['TEXT'],
  inferenceTypesSupported: ['ON_DEMAND'],
  responseStreamingSupported: true,
};

/** Amazon Bedrock's control plane and runtime in one server, with the runtime's binary event stream. */
export function startFakeBedrock(options: FakeBedrockOptions = {}): Promise<FakeServer> {
  const refused = (status: number, type: string, message: string): FakeAnswer => ({
    ...json({ message }, status),
    headers: { 'x-amzn-errortype': `${type}:http://internal.amazon.com/` },
  });
  const pages = options.profiles ?? [];
  let page = 0;
  return startFakeServer(({ method, path, headers, body }) => {
    const authorization = String(headers.authorization ?? '');
    if (options.authorised !== undefined && !options.authorised.test(authorization))
      return refused(403, 'UnrecognizedClientException', `The token in ${authorization} is invalid.`);
    if (method === 'GET' && path === '/foundation-models')
      return json({ modelSummaries: options.models ?? [TEXT_MODEL] });
    if (method === 'GET' && path === '/inference-profiles') {
      if (options.profiles === null) return refused(403, 'AccessDeniedException', 'not authorized');
      const inferenceProfileSummaries = pages[page++] ?? [];
      return json({ inferenceProfileSummaries, ...(page < pages.length && { nextToken: `page-${page}` }) });
    }
    const [, id, call] = /^\/model\/([^/]+)\/(converse|converse-stream)$/.exec(path) ?? [];
    if (method !== 'POST' || id === undefined) return undefined;
    const model = decodeURIComponent(id);
    if (model === 'absent')
      return refused(400, 'ValidationException', 'The provided model identifier is invalid.');
    if (model === 'denied')
      return refused(403, 'AccessDeniedException', "You don't have access to the model.");
    if (model === 'profile-only')
      return refused(400, 'ValidationException', "Invocation with on-demand throughput isn't supported.");
    const text = body.messages as readonly { readonly content: readonly { readonly text: string }[] }[];
    if (text.some(({ content }) => content.some((block) => block.text === '')))
      return refused(400, 'ValidationException', 'The text field in the ContentBlock object is blank.');
    const words = options.words ?? ['Two ', 'pods ', 'restart.'];
    const usage =
      'usage' in options ? options.usage : { inputTokens: 26, outputTokens: 100, totalTokens: 126 };
    const metrics = { latencyMs: 'latencyMs' in options ? options.latencyMs : 1234 };
    const stopReason = options.stopReason ?? 'end_turn';
    if (call === 'converse')
      return json({
        output: { message: { role: 'assistant', content: [{ text: words.join('') }] } },
        stopReason,
        usage,
        metrics,
      });
    if (options.neverStreams === true)
      return refused(400, 'ValidationException', 'The model is unsupported for streaming.');
    const frames = [
      eventFrame('messageStart', { role: 'assistant' }),
      ...words.map((word) =>
        eventFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: word } }),
      ),
    ];
    const { interject } = options;
    if (interject !== undefined)
      frames.splice(
        2,
        frames.length,
        frame(
          { ':message-type': 'exception', ':exception-type': interject.type },
          { message: interject.message },
        ),
      );
    else if (options.cutShort !== true)
      frames.push(
        eventFrame('contentBlockStop', { contentBlockIndex: 0 }),
        eventFrame('messageStop', { stopReason }),
        eventFrame('metadata', { usage, metrics }),
      );
    const broken = options.corruptFrame === undefined ? undefined : frames[options.corruptFrame];
    if (broken !== undefined) broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 0xff;
    return {
      contentType: 'application/vnd.amazon.eventstream',
      chunks: frames,
      ...(options.wordMs !== undefined && { everyMs: options.wordMs }),
      ...(options.held !== undefined && { held: options.held }),
    };
  });
}

const eventFrame = (type: string, payload: unknown): Buffer =>
  frame({ ':message-type': 'event', ':event-type': type }, payload);

/** length · header length · CRC of both | headers (name, type 7, text) | payload | CRC of all. */
function frame(headers: Readonly<Record<string, string>>, payload: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(payload));
  const head = Buffer.concat(
    Object.entries({ ...headers, ':content-type': 'application/json' }).map(([name, value]) => {
      const length = Buffer.alloc(3);
      length.writeUInt8(7);
      length.writeUInt16BE(Buffer.byteLength(value), 1);
      return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), length, Buffer.from(value)]);
    }),
  );
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const whole = Buffer.concat([prelude, head, body]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(whole));
  return Buffer.concat([whole, sum]);
}
