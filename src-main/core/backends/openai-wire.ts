import { z } from 'zod';

const count = z.number().nonnegative().nullish();
const text = z.string().nullish();

/** /v1/models with what vLLM, llama.cpp and gateways add to it. */
export const openaiModels = z.object({
  data: z
    .array(
      z.object({
        id: z.string(),
        owned_by: text,
        max_model_len: count,
        context_length: count,
        meta: z.object({ n_ctx: count, n_ctx_train: count, size: count }).nullish(),
      }),
    )
    .nullish(),
});
export type OpenaiModel = NonNullable<z.infer<typeof openaiModels>['data']>[number];

/** LM Studio's own list (0.4 and later). */
export const lmStudioModels = z.object({
  models: z.array(
    z.object({
      key: z.string(),
      size_bytes: count,
      max_context_length: count,
      loaded_instances: z
        .array(z.object({ id: text, config: z.object({ context_length: count }).nullish() }))
        .nullish(),
    }),
  ),
});

const usage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
});

/** llama.cpp's own figures, in its last chunk. */
const timings = z.object({
  cache_n: count,
  prompt_n: count,
  prompt_ms: count,
  prompt_per_second: count,
  predicted_n: count,
  predicted_ms: count,
  predicted_per_second: count,
});

const said = z.object({ content: text, reasoning_content: text, reasoning: text }).nullish();

/** A chunk of a stream (`delta`) or a whole answer (`message`); `choices` may be empty. */
export const openaiChunk = z.object({
  error: z.unknown().optional(),
  model: text,
  choices: z.array(z.object({ delta: said, message: said, finish_reason: text })).nullish(),
  usage: usage.nullish(),
  timings: timings.nullish(),
});
export type OpenaiChunk = z.infer<typeof openaiChunk>;
