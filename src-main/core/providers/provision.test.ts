import { afterEach, describe, expect, it } from 'vitest';
import type { BackendEndpoint } from '#core/backends/backend.ts';
import { type DemoServer, startDemoServer } from '#core/backends/demo-server.ts';
import { createBackend } from '#core/backends/registry.ts';
import { failureOf, recordSpans } from '#core/testing/recorded-spans.ts';
import { withProvision } from './provision.ts';
import { existingProvider } from './registry.ts';

const open: DemoServer[] = [];
const never = new AbortController().signal;
const somewhere: BackendEndpoint = { backend_type: 'ollama', base_url: 'http://127.0.0.1:9', api_key: null };
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

describe('an existing backend as a resource', () => {
  it('is warmed up inside provider.provision and given back once', async () => {
    const server = await startDemoServer({ slowness: () => 0 });
    open.push(server);
    const provider = existingProvider({
      backend_type: 'demo',
      base_url: server.url,
      api_key: null,
    });
    const { spans } = await recordSpans(async () => {
      await withProvision(provider, never, async (endpoint) => {
        await createBackend(endpoint).warmup({ model: 'demo', timeoutMs: 5000, signal: never });
      });
      await provider.teardown();
      await provider.teardown();
    });
    expect(spans.map(({ name }) => name)).toEqual([
      'backend.warmup',
      'provider.provision',
      'provider.teardown',
    ]);
    expect(spans[0]?.parent_span_id).toBe(spans[1]?.span_id);
    for (const span of spans.slice(1)) {
      expect(span.attributes).toEqual({ provider_type: 'existing', backend_type: 'demo' });
    }
  });

  it('fails its provision when the warm-up fails, with the same failure', async () => {
    const provider = existingProvider(somewhere);
    const { spans, thrown } = await recordSpans(() =>
      withProvision(provider, never, (endpoint) =>
        createBackend(endpoint).warmup({ model: 'm', timeoutMs: 2000, signal: never }),
      ),
    );
    expect(thrown).toMatchObject({ code: 'backend.unreachable' });
    expect(spans.map(({ name, error_type }) => [name, error_type])).toEqual([
      ['backend.warmup', 'backend.unreachable'],
      ['provider.provision', 'backend.unreachable'],
    ]);
  });

  it('is not provisioned for a job that was cancelled', async () => {
    const provider = existingProvider(somewhere);
    const failure = await failureOf(() => withProvision(provider, AbortSignal.abort(), async () => 'ready'));
    expect(failure.code).toBe('job.cancelled');
  });
});
