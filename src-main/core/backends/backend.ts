import type { ModelInfo } from '#shared/contract/types.ts';
import type { BackendType } from '#shared/model/job.ts';
import type { ModelCallFigures } from '#shared/model/model-call.ts';
import type { Milliseconds } from '#shared/model/units.ts';

export interface BackendCapabilities {
  readonly context_length: number | null;
  readonly max_output_tokens: number | null;
  readonly capabilities: readonly string[];
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }[];
  readonly max_output_tokens?: number | undefined;
  readonly onToken?: ((text: string) => void) | undefined;
  /** What a model thinks before it answers, where its server shows that; it is billed like the answer. */
  readonly onThought?: ((text: string) => void) | undefined;
  readonly signal: AbortSignal;
}

export interface ChatAnswer {
  readonly text: string;
  readonly finish_reason: string | null;
  /** The model as the server names it in its answer. */
  readonly response_model?: string | null | undefined;
  readonly figures: ModelCallFigures;
}

export interface WarmupRequest {
  readonly model: string;
  readonly timeoutMs: Milliseconds;
  readonly signal: AbortSignal;
  /** A pull inside the warm-up: bytes done of bytes in all. */
  readonly onProgress?: ((done: number, total: number, what: string) => void) | undefined;
}

/**
 * The LLMBackend boundary: one server that answers prompts. Every failure is a CodedError `backend.*`; every
 * method ends within a second of `signal` aborting.
 */
export interface LlmBackend {
  readonly backend_type: BackendType;
  /** Without userinfo and query: safe to show and to store. */
  readonly base_url: string;
  /** The model's name as this server knows it (RUNE's prefixes such as `ollama/` stripped). */
  normaliseModel(model: string): string;
  listModels(signal: AbortSignal): Promise<readonly ModelInfo[]>;
  getCapabilities(model: string, signal: AbortSignal): Promise<BackendCapabilities>;
  warmup(
    request: WarmupRequest,
  ): Promise<{ readonly load_ms: Milliseconds | null; readonly pulled: boolean }>;
  chat(request: ChatRequest): Promise<ChatAnswer>;
}

/** Where a backend is and how to authenticate, resolved from request, settings and secrets. */
export interface BackendEndpoint {
  readonly backend_type: BackendType;
  readonly base_url: string;
  readonly api_key: string | null;
  /** Of AWS, where the address does not name it. */
  readonly region?: string | null | undefined;
}
