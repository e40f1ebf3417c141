import { z } from 'zod';
import { JOB_KINDS, JOB_STATUSES } from '#shared/model/job.ts';
import { ok, Refused } from '../answer.ts';
import { failureOf } from '../client.ts';
import { endpoint } from '../endpoint.ts';
import { jobBody, kindOf, requestSchema } from '../job-body.ts';
import { jobDocument, jobSummary } from '../job-view.ts';
import * as shapes from '../shapes.ts';
import { ownJob } from './lookup.ts';
import { agentTiers } from './tiers.ts';

const header = (value: string | string[] | undefined): string =>
  typeof value === 'string' ? value.trim() : '';
const commas = z
  .string()
  .max(1024)
  .transform((text) => text.split(',').map((part) => part.trim()));

/** A price that the caller agrees to beforehand: RUNE's clients do not ask, so without it the gate's word is final. */
function approvedUsd(text: string): number | null {
  if (text === '') return null;
  const usd = Number(text);
  if (!Number.isFinite(usd) || usd < 0) throw new Refused(400, 'X-Approved-USD must be an amount in USD');
  return usd;
}

export const jobEndpoints = [
  endpoint({
    methods: ['POST', 'PUT', 'PATCH'],
    path: '/v1/jobs/{kind}',
    tag: 'jobs',
    summary: `Submits a job; kinds: ${JOB_KINDS.join(', ')}. An Idempotency-Key that was used gives that job again.`,
    body: z.union(JOB_KINDS.map((kind) => requestSchema(kind))),
    answers: [
      { status: 202, about: 'accepted', schema: shapes.accepted },
      { status: 402, about: 'the spend gate wants an approval (X-Approved-USD), or a budget is used up' },
      { status: 404, about: 'unknown job kind' },
    ],
    handle: async ({ api, tenant, params, body, request, signal }) => {
      const kind = kindOf(params.kind ?? '');
      if (kind === null) throw new Refused(404, `unknown job kind: ${(params.kind ?? '').slice(0, 64)}`);
      const { headers } = request;
      const { job_id } = await api.client.jobs.create(
        {
          kind,
          request: jobBody(kind, body, api.env),
          tenant_id: tenant,
          idempotency_key: header(headers['idempotency-key']) || header(headers['x-idempotency-key']),
          approved_usd: approvedUsd(header(headers['x-approved-usd'])),
        },
        { signal },
      );
      return { status: 202, json: { job_id, status: 'accepted' } };
    },
  }),
  endpoint({
    methods: ['GET'],
    path: '/v1/jobs',
    tag: 'jobs',
    summary: "The tenant's jobs, the newest first (not RUNE's: for whoever keeps a history of this server).",
    query: z.object({
      limit: z.coerce.number().int().min(1).max(1000).default(50),
      offset: z.coerce.number().int().min(0).default(0),
      status: commas.pipe(z.array(z.enum(JOB_STATUSES)).max(16)).optional(),
      kind: commas.pipe(z.array(z.string().max(64)).max(16)).optional(),
    }),
    answers: [{ status: 200, about: 'one page', schema: shapes.jobPage }],
    handle: async ({ api, tenant, query: { limit, offset, status, kind } }) => {
      const page = await api.client.jobs.list({
        tenant_id: [tenant],
        limit,
        offset,
        ...(status === undefined ? {} : { status }),
        ...(kind === undefined ? {} : { kind }),
      });
      return ok({ jobs: page.jobs.map(jobSummary), total: page.total, limit, offset });
    },
  }),
  endpoint({
    methods: ['GET'],
    path: '/v1/jobs/{id}',
    tag: 'jobs',
    summary: 'A job: its status, and its result or its error.',
    answers: [
      { status: 200, about: 'the job', schema: shapes.job },
      { status: 404, about: 'job not found' },
    ],
    handle: async (call) => {
      const job = await ownJob(call);
      const tier = job.agent === null ? null : ((await agentTiers(call.api)).get(job.agent) ?? null);
      return ok(jobDocument(job, tier));
    },
  }),
  endpoint({
    methods: ['DELETE'],
    path: '/v1/jobs/{id}',
    tag: 'jobs',
    summary: 'Cancels a job. One that has ended stays what it is, and its status is answered.',
    answers: [
      { status: 200, about: 'its status now', schema: shapes.cancelled },
      { status: 404, about: 'job not found' },
    ],
    handle: async (call) => {
      const { job_id, status } = await ownJob(call);
      try {
        return ok({ ...(await call.api.client.jobs.cancel({ job_id })), job_id });
      } catch (thrown) {
        if (failureOf(thrown)?.code !== 'job.not_cancellable') throw thrown;
        const now = await call.api.client.jobs.get({ job_id });
        return ok({ status: now.status ?? status, job_id });
      }
    },
  }),
  endpoint({
    methods: ['GET'],
    path: '/v1/jobs/{id}/events',
    tag: 'jobs',
    summary: "RUNE's event rows of a job, in their order.",
    query: z.object({
      after_id: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(100_000).default(10_000),
    }),
    answers: [
      { status: 200, about: 'the events', schema: shapes.events },
      { status: 404, about: 'job not found' },
    ],
    handle: async (call) => {
      const { job_id } = await ownJob(call);
      const rows = await call.api.client.events.list({ job_id, ...call.query });
      return ok({
        job_id,
        events: rows.map((row) => ({
          ...row,
          // What rune-ui's log prints.
          timestamp: new Date(row.recorded_at * 1000).toISOString(),
          name: row.event,
          message: messageOf(row.status, row.duration_ms, row.error_type),
        })),
      });
    },
  }),
];

const messageOf = (status: string, ms: number | null, errorType: string | null): string =>
  [status, ms === null ? '' : `${Math.round(ms * 10) / 10} ms`, errorType ?? ''].filter(Boolean).join(' · ');
