import type { DiscoveredBackend, TestReport } from '#shared/contract/types.ts';
import { CodedError, toFailure } from '#shared/model/failure.ts';
import type { BackendEndpoint } from './backend.ts';
import { withDeadline } from './deadline.ts';
import { timeoutFailure } from './failures.ts';
import { identifyServer } from './identify.ts';
import { cleanAddress, createBackend } from './registry.ts';

/** Ollama, vLLM, LM Studio, llama.cpp and its newer default. */
export const USUAL_PORTS: readonly number[] = [11434, 8000, 1234, 8080, 9931];

const PROBE_MS = 600;
const TEST_MS = 15_000;
const NEVER = new AbortController().signal;

/** Servers that run on this machine, looked for on all ports at once; never takes longer than 700 ms. */
export async function discoverBackends(
  ports: readonly number[] = USUAL_PORTS,
): Promise<readonly DiscoveredBackend[]> {
  const found = await Promise.all(
    ports.map((port) => identifyServer(`http://127.0.0.1:${port}`, null, PROBE_MS, NEVER)),
  );
  return found.filter((server) => server !== null);
}

/** What a Test button shows: address, what answers there, its models; the first step that fails is the last. */
export async function testBackend(
  endpoint: BackendEndpoint,
  signal: AbortSignal = NEVER,
): Promise<TestReport> {
  const steps: { name: string; ok: boolean; ms: number; message: string }[] = [];
  const step = async (name: string, run: () => Promise<string>): Promise<boolean> => {
    const started = performance.now();
    const done = (ok: boolean, message: string): boolean => {
      steps.push({ name, ok, ms: performance.now() - started, message });
      return ok;
    };
    try {
      return done(true, await run());
    } catch (thrown) {
      const failure = toFailure(thrown);
      return done(false, failure.detail ? `${failure.message} (${failure.detail})` : failure.message);
    }
  };
  const late = () => timeoutFailure(TEST_MS, cleanAddress(endpoint));

  const ok =
    (await step('Address', async () => cleanAddress(endpoint))) &&
    (await step('Models', () =>
      withDeadline(signal, TEST_MS, late, async (limited) => {
        const models = await listOrExplain(endpoint, limited);
        const names = models.slice(0, 5).join(', ');
        if (models.length > 0) return `${models.length} found: ${names}${models.length > 5 ? ', …' : ''}`;
        if (endpoint.backend_type === 'k8s-inference')
          return 'The gateway answers and lists no models, as many do.';
        throw new CodedError(
          'backend.model_not_found',
          'The server answers and has no models. Install one there.',
        );
      }),
    ));
  return { ok, steps };
}

async function listOrExplain(endpoint: BackendEndpoint, signal: AbortSignal): Promise<readonly string[]> {
  try {
    return (await createBackend(endpoint).listModels(signal)).map((model) => model.name);
  } catch (thrown) {
    const code = toFailure(thrown).code;
    if (code !== 'backend.http_status' && code !== 'backend.bad_response') throw thrown;
    if (endpoint.backend_type === 'bedrock') throw thrown;
    const { origin } = new URL(cleanAddress(endpoint));
    const server = await identifyServer(origin, endpoint.api_key, PROBE_MS, signal);
    if (server === null || server.backend_type === endpoint.backend_type) throw thrown;
    throw new CodedError(
      'backend.bad_response',
      `${server.product} answers there. Choose type ${server.backend_type} and the URL ${server.base_url}.`,
      { cause: thrown },
    );
  }
}
