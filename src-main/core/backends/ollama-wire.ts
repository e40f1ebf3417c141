import { z } from 'zod';

// Ollama leaves every figure out that is zero, and may add members at any time.
const count = z.number().nonnegative().nullish();
const text = z.string().nullish();

export const ollamaVersion = z.object({ version: z.string() });

export const ollamaTags = z.object({
  models: z
    .array(
      z.object({
        name: z.string(),
        size: count,
        details: z.object({ context_length: count }).nullish(),
      }),
    )
    .nullish(),
});

export const ollamaPs = z.object({
  models: z.array(z.object({ name: z.string(), context_length: count })).nullish(),
});

export const ollamaShow = z.object({
  model_info: z.record(z.string(), z.unknown()).nullish(),
  capabilities: z.array(z.string()).nullish(),
});

/** One line of /api/chat, or the single object of a call that loads a model. Durations are nanoseconds. */
export const ollamaChunk = z.object({
  error: z.unknown().optional(),
  model: text,
  message: z.object({ content: text, thinking: text }).nullish(),
  done: z.boolean().nullish(),
  done_reason: text,
  total_duration: count,
  load_duration: count,
  prompt_eval_count: count,
  prompt_eval_duration: count,
  eval_count: count,
  eval_duration: count,
});
export type OllamaChunk = z.infer<typeof ollamaChunk>;

export const ollamaPullLine = z.object({
  error: z.unknown().optional(),
  status: text,
  digest: text,
  total: count,
  completed: count,
});
