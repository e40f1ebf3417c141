import type { ConverseCommandInput } from '@aws-sdk/client-bedrock-runtime';
import { z } from 'zod';
import { CodedError } from '#shared/model/failure.ts';
import type { ChatAnswer, ChatRequest } from './backend.ts';
import type { BedrockClients } from './bedrock-client.ts';
import { badResponse } from './failures.ts';
import { CallClock, figuresOf } from './figures.ts';
import { MAX_ANSWER_CHARACTERS } from './limits.ts';

const count = z.number().int().nonnegative().nullish().catch(null);
const router = z.object({
  promptRouter: z.object({ invokedModelId: z.string().max(512).nullish() }).nullish(),
});
const metadata = z.object({
  usage: z
    .object({
      inputTokens: count,
      outputTokens: count,
      cacheReadInputTokens: count,
      cacheWriteInputTokens: count,
    })
    .nullish(),
  metrics: z.object({ latencyMs: z.number().nonnegative().nullish().catch(null) }).nullish(),
  trace: router.nullish().catch(null),
});
const stop = z.string().max(128).nullish().catch(null);
const block = z.object({
  text: z.string().nullish(),
  reasoningContent: z.object({ text: z.string().nullish() }).nullish(),
});
const event = z.object({
  contentBlockDelta: z.object({ delta: block.nullish() }).nullish(),
  messageStop: z.object({ stopReason: stop }).nullish(),
  metadata: metadata.nullish(),
});
const whole = metadata.extend({
  output: z.object({ message: z.object({ content: z.array(block).nullish() }).nullish() }).nullish(),
  stopReason: stop,
});

/** One call of Converse, streamed where the model can; `extend` is called whenever something arrives. */
export async function chatBedrock(
  clients: BedrockClients,
  request: ChatRequest,
  server: string,
  extend: () => void,
): Promise<ChatAnswer> {
  const { sdk, client } = await clients.runtime();
  const input = converseInput(request);
  const options = { abortSignal: request.signal };
  const answer = new Answer(server, request);
  try {
    const { stream } = await client.send(new sdk.ConverseStreamCommand(input), options);
    extend();
    for await (const piece of stream ?? []) {
      extend();
      answer.takeEvent(event.parse(piece));
    }
  } catch (thrown) {
    if (!(thrown instanceof sdk.ValidationException && /stream/i.test(thrown.message))) throw thrown;
    answer.takeWhole(whole.parse(await client.send(new sdk.ConverseCommand(input), options)));
  }
  return answer.complete();
}

function converseInput({ model, messages, max_output_tokens }: ChatRequest): ConverseCommandInput {
  const system = messages.filter(({ role }) => role === 'system');
  return {
    modelId: model,
    messages: messages.flatMap(({ role, content }) =>
      role === 'system' ? [] : [{ role, content: [{ text: content }] }],
    ),
    ...(system.length > 0 && { system: system.map(({ content }) => ({ text: content })) }),
    ...(max_output_tokens !== undefined && { inferenceConfig: { maxTokens: max_output_tokens } }),
  };
}

class Answer {
  private readonly clock = new CallClock();
  private readonly server: string;
  private readonly heard: Pick<ChatRequest, 'onToken' | 'onThought'>;
  private text = '';
  private stopReason: string | null = null;
  private meta: z.infer<typeof metadata> = {};

  constructor(server: string, heard: Pick<ChatRequest, 'onToken' | 'onThought'>) {
    this.server = server;
    this.heard = heard;
  }

  takeEvent({ contentBlockDelta, messageStop, metadata: meta }: z.infer<typeof event>): void {
    const delta = contentBlockDelta?.delta;
    const thought = delta?.reasoningContent?.text ?? '';
    if ((delta?.text ?? '') !== '' || thought !== '') this.clock.token();
    if (thought !== '') this.heard.onThought?.(thought);
    this.say(delta?.text ?? '');
    this.stopReason = messageStop?.stopReason ?? this.stopReason;
    this.meta = meta ?? this.meta;
  }

  takeWhole(answer: z.infer<typeof whole>): void {
    for (const { text } of answer.output?.message?.content ?? []) this.say(text ?? '');
    this.stopReason = answer.stopReason ?? null;
    this.meta = answer;
  }

  private say(text: string): void {
    if (text === '') return;
    this.text += text;
    if (this.text.length > MAX_ANSWER_CHARACTERS)
      throw badResponse(this.server, 'sent an answer without end');
    this.heard.onToken?.(text);
  }

  complete(): ChatAnswer {
    if (this.stopReason === null)
      throw new CodedError(
        'backend.interrupted',
        `${this.server} ended its answer before it was complete. Try again.`,
        { retryable: true },
      );
    const { usage, metrics, trace } = this.meta;
    return {
      text: this.text,
      finish_reason: this.stopReason,
      response_model: trace?.promptRouter?.invokedModelId ?? null,
      figures: figuresOf(
        {
          input_tokens: inputTokens(usage),
          output_tokens: usage?.outputTokens ?? null,
          load_ms: null,
          prompt_eval_ms: null,
          generation_ms: null,
          prompt_per_second: null,
          output_per_second: null,
          total_ms: metrics?.latencyMs ?? null,
        },
        this.clock,
      ),
    };
  }
}

/** Bedrock counts what came from its prompt cache beside the rest; a prompt's length is both. */
function inputTokens(usage: z.infer<typeof metadata>['usage']): number | null {
  const fresh = usage?.inputTokens ?? null;
  return fresh === null
    ? null
    : fresh + (usage?.cacheReadInputTokens ?? 0) + (usage?.cacheWriteInputTokens ?? 0);
}
