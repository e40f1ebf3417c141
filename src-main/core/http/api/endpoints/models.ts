import { z } from 'zod';
import { BACKEND_TYPES } from '#shared/model/job.ts';
import { modelTable } from '#shared/model/model-fit.ts';
import { ok, Refused, type Reply } from '../answer.ts';
import { failureOf } from '../client.ts';
import { type ApiContext, type Endpoint, endpoint } from '../endpoint.ts';
import * as shapes from '../shapes.ts';

/** RUNE answers a bare array, which its own client cannot read: it looks for `models`. */
async function rentableModels({ client }: ApiContext): Promise<Reply> {
  const { offers } = await client.settings.get();
  return ok({
    models: modelTable(offers.models).map(({ model, vram_mb, required_disk_gb }) => ({
      name: model,
      vram_mb,
      required_disk_gb,
    })),
  });
}

const about = z.object({
  backend_url: z.string().max(2048).default(''),
  ollama_url: z.string().max(2048).default(''),
  backend_type: z.string().max(64).default(''),
});

async function backendModels(
  api: ApiContext,
  query: z.output<typeof about>,
  signal: AbortSignal,
): Promise<Reply> {
  if (query.backend_type === 'vastai') return rentableModels(api);
  const backend_url = query.backend_url || query.ollama_url;
  if (backend_url === '') throw new Refused(400, 'missing required query parameter: backend_url');
  const asked = query.backend_type || 'ollama';
  const backend_type = BACKEND_TYPES.find((type) => type === asked);
  if (backend_type === undefined) throw new Refused(400, `unknown backend_type: ${asked}`);
  try {
    const found = await api.client.backends.models({ backend_type, backend_url }, { signal });
    return ok({
      models: found.map(({ name }) => name),
      running_models: found.flatMap(({ name, loaded }) => (loaded === true ? [name] : [])),
      backend_url,
      backend_type,
    });
  } catch (thrown) {
    const failure = failureOf(thrown);
    if (failure === null || failure.code === 'internal') throw thrown;
    throw new Refused(400, failure.message, {}, failure.code);
  }
}

export const modelEndpoints: readonly Endpoint[] = [
  endpoint({
    methods: ['GET'],
    path: '/v1/catalog/vastai-models',
    tag: 'models',
    summary: 'The models that are chosen among for a rented machine, the largest first.',
    answers: [{ status: 200, about: 'the table', schema: shapes.rentable }],
    handle: ({ api }) => rentableModels(api),
  }),
  ...['/v1/llm/models', '/v1/catalog/models', '/v1/ollama/models'].map((path) =>
    endpoint({
      methods: ['GET'],
      path,
      tag: 'models',
      summary: 'The models of a backend; with backend_type=vastai, those for a rented machine.',
      query: about,
      answers: [
        { status: 200, about: 'their names', schema: shapes.models },
        { status: 400, about: 'no backend_url, or the backend does not answer' },
      ],
      handle: ({ api, query, signal }) => backendModels(api, query, signal),
    }),
  ),
];
