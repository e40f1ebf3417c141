import { cleanUrl } from '#shared/lib/clean-url.ts';
import { CodedError } from '#shared/model/failure.ts';

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

/**
 * Where Ollama is when nothing says so: its usual port here, or `host`, the value of OLLAMA_HOST (a host, a port or
 * a URL). Ollama itself listens on 0.0.0.0 when that says so; a client reaches it under the loopback address.
 */
export function ollamaUrl(host: string | null): string {
  const given = host?.trim() ?? '';
  if (given === '') return `http://127.0.0.1:${OLLAMA_PORT}`;
  const withHost = given.startsWith(':') ? `127.0.0.1${given}` : given;
  const url = URL.parse(withHost.includes('://') ? withHost : `http://${withHost}`);
  if (url === null) return cleanBaseUrl(given);
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1';
  if (url.port === '' && !withHost.includes('://')) url.port = OLLAMA_PORT;
  return cleanBaseUrl(url.href);
}
