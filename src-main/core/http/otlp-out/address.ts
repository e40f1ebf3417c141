import type { Env } from '#core/ports/ports.ts';
import { CodedError } from '#shared/model/failure.ts';

/** Where a collector takes traces. */
export interface CollectorAddress {
  /** For people: the base, without credentials and query. */
  readonly shown: string;
  /** With its path, without credentials. */
  readonly url: string;
  /** What its variables say of headers, and the credentials that stood in the address. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

const PATH = '/v1/traces';

/**
 * The collector that the settings name, else the one of OpenTelemetry's variables, which bring headers of their own:
 * these go nowhere else. Null where nobody names one that can be asked.
 */
export function collectorAddress(base: string | null, env: Env): CollectorAddress | null {
  if (base !== null) return addressOf(base, false, {});
  const headers = headersOf(env.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? env.OTEL_EXPORTER_OTLP_HEADERS ?? '');
  const traces = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? '';
  return traces === ''
    ? addressOf(env.OTEL_EXPORTER_OTLP_ENDPOINT ?? '', false, headers)
    : addressOf(traces, true, headers);
}

function addressOf(
  given: string,
  asIs: boolean,
  headers: CollectorAddress['headers'],
): CollectorAddress | null {
  const url = URL.parse(given.trim());
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  const credentials = `${decoded(url.username)}:${decoded(url.password)}`;
  url.username = '';
  url.password = '';
  url.hash = '';
  const path = url.pathname.replace(/\/+$/, '');
  const shown = `${url.origin}${path}`;
  // Whoever pastes the whole address means it.
  if (!asIs) url.pathname = path.endsWith(PATH) ? path : path + PATH;
  return {
    shown,
    url: url.href,
    headers:
      credentials === ':'
        ? headers
        : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}`, ...headers },
  };
}

/** "name=value,name=value", values in percent-encoding. What has no name is left out. */
function headersOf(list: string): CollectorAddress['headers'] {
  const named: Record<string, string> = {};
  for (const entry of list.split(',')) {
    const at = entry.indexOf('=');
    const name = entry.slice(0, Math.max(0, at)).trim().toLowerCase();
    if (/^[a-z0-9-]{1,128}$/.test(name)) named[name] = decoded(entry.slice(at + 1).trim());
  }
  return named;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Headers as they may be sent. Throws `request.invalid`, which names the header and never says its value. */
export function sendable(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      // A secret that was read from a file ends with a line end.
      const bare = value.trim();
      if (/^[\t\x20-\x7e\x80-\xff]*$/.test(bare)) return [name, bare];
      throw new CodedError(
        'request.invalid',
        `The value of header ${name} holds characters that no header may.`,
      );
    }),
  );
}
