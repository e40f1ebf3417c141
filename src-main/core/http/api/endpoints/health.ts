import { ok } from '../answer.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import * as shapes from '../shapes.ts';

export const healthEndpoints: readonly Endpoint[] = ['/healthz', '/v1/healthz'].map((path) =>
  endpoint({
    methods: ['GET'],
    path,
    tag: 'health',
    summary: 'Whether it answers, and how many jobs run.',
    open: true,
    answers: [{ status: 200, about: 'it does', schema: shapes.health }],
    handle: async ({ api }) => {
      const { total } = await api.client.jobs.list({ status: ['running'], limit: 1 });
      return ok({ status: 'ok', active_threads: total });
    },
  }),
);
