import { z } from 'zod';

const amount = z.number().nullable();
const measured = z.enum(['server', 'client', 'derived']);

const figures = z.looseObject({
  input_tokens: amount,
  output_tokens: amount,
  tokens_source: measured.nullable(),
  time_to_first_token_ms: amount,
  output_tokens_per_second: amount,
  prompt_tokens_per_second: amount,
  speed_source: measured.nullable(),
  server_total_ms: amount.optional(),
  phases: z.array(
    z.looseObject({
      phase: z.enum(['load', 'prompt_eval', 'first_token', 'generation', 'other']),
      ms: z.number(),
      source: measured,
    }),
  ),
});

/** Figures from outside may be anything; those of another shape stay an attribute and are not drawn. */
export const isModelCall = (value: unknown): boolean => figures.safeParse(value).success;
