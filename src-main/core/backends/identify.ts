import { z } from 'zod';
import { CodedError } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { ollamaTags, ollamaVersion } from './ollama-wire.ts';
import { lmStudioModels, openaiModels } from './openai-wire.ts';
import { createServerClient } from './server-client.ts';

/** What answers at an address: the product, how to talk to it, and what it serves. */
export interface IdentifiedServer {
  readonly backend_type: 'ollama' | 'openai';
  readonly product: string;
  readonly base_url: string;
  readonly models: readonly string[];
}

const llamaProps = z.object({
  default_generation_settings: z.unknown().refine((value) => value !== undefined),
});

/**
 * Asks everything that tells the products apart at once and judges in the order of the reference (backends §2).
 * Null: nothing there that serves models.
 */
export async function identifyServer(
  rootUrl: string,
  apiKey: string | null,
  withinMs: Milliseconds,
  signal: AbortSignal,
): Promise<IdentifiedServer | null> {
  const patience = { connectMs: withinMs, firstByteMs: withinMs, idleMs: withinMs };
  const client = createServerClient(rootUrl, apiKey, patience);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
  const ask = async <T>(path: string, schema: z.ZodType<T>): Promise<T | null> => {
    try {
      return await client.json({ path, signal: limited }, schema);
    } catch (thrown) {
      if (thrown instanceof CodedError) return null;
      throw thrown;
    }
  };
  const [version, tags, studio, props, listed] = await Promise.all([
    ask('/api/version', ollamaVersion),
    ask('/api/tags', ollamaTags),
    ask('/api/v1/models', lmStudioModels),
    ask('/props', llamaProps),
    ask('/v1/models', openaiModels),
  ]);
  const openai = (product: string, models: readonly string[]): IdentifiedServer => ({
    backend_type: 'openai',
    product,
    base_url: `${rootUrl}/v1`,
    models,
  });
  const names = (listed?.data ?? []).map((model) => model.id);
  if (version !== null && tags !== null) {
    const models = (tags.models ?? []).map((model) => model.name);
    return { backend_type: 'ollama', product: 'Ollama', base_url: rootUrl, models };
  }
  if (studio !== null)
    return openai(
      'LM Studio',
      studio.models.map((model) => model.key),
    );
  if (props !== null) return openai('llama.cpp', names);
  if (!Array.isArray(listed?.data)) return null;
  return openai(listed.data.some((model) => model.owned_by === 'vllm') ? 'vLLM' : 'OpenAI-compatible', names);
}
