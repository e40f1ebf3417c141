import { cleanUrl } from '#shared/lib/clean-url.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { BackendType } from '#shared/model/job.ts';

/** What stands in for a backend URL that a request leaves out. */
export interface BackendDefaults {
  /** Value of OLLAMA_HOST: a host, a port or a URL. */
  readonly ollamaHost: string | null;
  readonly demoUrl: string | null;
}

const OLLAMA_PORT = '11434';

/** The address as it is shown and stored; throws for what is not an http address. */
export function cleanBaseUrl(value: string): string {
  const url = cleanUrl(value);
  if (url !== null) return url;
  throw new CodedError(
    'request.invalid',
    'The backend URL is not an http or https address. Example: http://127.0.0.1:11434.',
  );
}

/** The address of a backend: the given URL, else its type's default. */
export function resolveBaseUrl(
  backendType: BackendType,
  url: string | null,
  defaults: BackendDefaults,
): string {
  if (url !== null && url.trim() !== '') return cleanBaseUrl(url);
  switch (backendType) {
    case 'ollama':
      return ollamaUrl(defaults.ollamaHost);
    case 'demo':
      if (defaults.demoUrl !== null) return defaults.demoUrl;
      throw new CodedError(
        'provider.no_backend_url',
        'The demo backend is not running here. Restart the app.',
      );
    case 'openai':
    case 'k8s-inference':
      throw new CodedError(
        'provider.no_backend_url',
        `A backend of type ${backendType} needs a URL. Give backend_url, for example http://127.0.0.1:8000/v1.`,
      );
    case 'bedrock':
      throw new CodedError('backend.unsupported', 'Backends of type bedrock are not supported yet.');
  }
}

// Ollama itself listens on 0.0.0.0 when OLLAMA_HOST says so; a client reaches that under the loopback address.
function ollamaUrl(host: string | null): string {
  const given = host?.trim() ?? '';
  if (given === '') return `http://127.0.0.1:${OLLAMA_PORT}`;
  const withHost = given.startsWith(':') ? `127.0.0.1${given}` : given;
  const url = URL.parse(withHost.includes('://') ? withHost : `http://${withHost}`);
  if (url === null) return cleanBaseUrl(given);
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1';
  if (url.port === '' && !withHost.includes('://')) url.port = OLLAMA_PORT;
  return cleanBaseUrl(url.href);
}
