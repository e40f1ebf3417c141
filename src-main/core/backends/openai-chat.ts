import { CodedError } from '#shared/model/failure.ts';
import type { ChatAnswer, ChatRequest } from './backend.ts';
import { messageIn, parseJson, readJson } from './body.ts';
import { badResponse, statusFailure } from './failures.ts';
import { CallClock, figuresOf } from './figures.ts';
import type { HttpReply, Patience } from './http-call.ts';
import { MAX_ANSWER_CHARACTERS, nullIfZero } from './limits.ts';
import { type OpenaiChunk, openaiChunk } from './openai-wire.ts';
import type { Rejection, ServerClient } from './server-client.ts';
import { readEvents } from './sse.ts';

/** One streamed chat completion. */
export async function chatOpenai(
  client: ServerClient,
  request: ChatRequest,
  patience: Patience,
  rejected: (rejection: Rejection) => Error | null,
): Promise<ChatAnswer> {
  const answer = new Answer(client, request);
  const reply = await open(client, request, patience, rejected);
  if (reply.contentType.includes('text/event-stream')) {
    for await (const data of readEvents(reply, client.server)) {
      if (data === '[DONE]') {
        reply.discard();
        return answer.complete(true);
      }
      answer.take(parseJson(data, openaiChunk, client.server));
    }
    // A server may leave [DONE] out, but not the reason why it stopped.
    return answer.complete(false);
  }
  // Not every server streams; one document is an answer too.
  answer.take(await readJson(reply, openaiChunk, client.server));
  return answer.complete(false);
}

/** Servers differ in which parameters they know: what one rejects by name is left out or renamed, once each. */
async function open(
  client: ServerClient,
  request: ChatRequest,
  patience: Patience,
  rejected: (rejection: Rejection) => Error | null,
): Promise<HttpReply> {
  let limitKey = 'max_tokens';
  let includeUsage = true;
  for (;;) {
    const body = {
      model: request.model,
      messages: request.messages,
      stream: true,
      ...(includeUsage ? { stream_options: { include_usage: true } } : {}),
      ...(request.max_output_tokens === undefined ? {} : { [limitKey]: request.max_output_tokens }),
    };
    let complaint = '';
    try {
      return await client.reply({
        path: '/chat/completions',
        body,
        signal: request.signal,
        patience,
        onRejected: (rejection) => {
          if (rejection.status === 400 || rejection.status === 422) complaint = rejection.message;
          return rejected(rejection) ?? statusFailure(rejection.status, client.server, rejection.message);
        },
      });
    } catch (thrown) {
      if (includeUsage && complaint.includes('stream_options')) includeUsage = false;
      else if (limitKey === 'max_tokens' && complaint.includes('max_completion_tokens')) {
        limitKey = 'max_completion_tokens';
      } else throw thrown;
    }
  }
}

class Answer {
  private readonly clock = new CallClock();
  private readonly client: ServerClient;
  private readonly onToken: ChatRequest['onToken'];
  private readonly onThought: ChatRequest['onThought'];
  private text = '';
  private finishReason: string | null = null;
  private model: string | null = null;
  private usage: OpenaiChunk['usage'] = null;
  private timings: OpenaiChunk['timings'] = null;

  constructor(client: ServerClient, request: ChatRequest) {
    this.client = client;
    this.onToken = request.onToken;
    this.onThought = request.onThought;
  }

  take(chunk: OpenaiChunk): void {
    const { server } = this.client;
    if (chunk.error !== undefined && chunk.error !== null) {
      const message = (messageIn(chunk.error) ?? '').slice(0, 2000);
      throw new CodedError(
        'backend.interrupted',
        `${server} failed in the middle of its answer${message === '' ? '' : `: ${message.slice(0, 200)}`}. Look at its log, then try again.`,
        { detail: message, retryable: true },
      );
    }
    this.model ??= chunk.model ?? null;
    this.usage = chunk.usage ?? this.usage;
    this.timings = chunk.timings ?? this.timings;
    const choice = chunk.choices?.[0];
    if (choice === undefined) return;
    this.finishReason = choice.finish_reason ?? this.finishReason;
    const said = choice.delta ?? choice.message;
    const piece = said?.content ?? '';
    const streamed = choice.delta !== undefined && choice.delta !== null;
    const thought = said?.reasoning_content ?? said?.reasoning ?? '';
    if (streamed && (piece !== '' || thought !== '')) this.clock.token();
    if (thought !== '') this.onThought?.(thought);
    if (piece === '') return;
    this.text += piece;
    if (this.text.length > MAX_ANSWER_CHARACTERS) throw badResponse(server, 'sent an answer without end');
    this.onToken?.(piece);
  }

  /** `ended`: the server said that this was all. */
  complete(ended: boolean): ChatAnswer {
    if (this.finishReason === null && !ended) {
      throw new CodedError(
        'backend.interrupted',
        `${this.client.server} ended its answer before it was complete. Look at the server's log, then try again.`,
        { retryable: true },
      );
    }
    const { usage, timings } = this;
    const prompt = timings?.prompt_n == null ? null : timings.prompt_n + (timings.cache_n ?? 0);
    return {
      text: this.text,
      finish_reason: this.finishReason,
      response_model: this.model,
      figures: figuresOf(
        {
          input_tokens: usage?.prompt_tokens ?? prompt,
          output_tokens: usage?.completion_tokens ?? timings?.predicted_n ?? null,
          load_ms: null,
          prompt_eval_ms: nullIfZero(timings?.prompt_ms, 1),
          generation_ms: nullIfZero(timings?.predicted_ms, 1),
          prompt_per_second: nullIfZero(timings?.prompt_per_second, 1),
          output_per_second: nullIfZero(timings?.predicted_per_second, 1),
          total_ms: null,
        },
        this.clock,
      ),
    };
  }
}
