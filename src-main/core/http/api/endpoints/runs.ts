import { ok, Refused, type Reply } from '../answer.ts';
import { type Call, type Endpoint, endpoint } from '../endpoint.ts';
import * as shapes from '../shapes.ts';
import { isId, ownJob, unknownAsNull } from './lookup.ts';

type AnyCall = Call<unknown, unknown>;

/** RUNE serves artifacts below both, each with links below itself. */
const PREFIXES = [
  { prefix: 'runs', notFound: 'job not found' },
  { prefix: 'audits', notFound: 'audit run not found' },
] as const;

async function listArtifacts(call: AnyCall, prefix: string, notFound: string): Promise<Reply> {
  const { job_id, artifacts } = await ownJob(call, notFound);
  return ok({
    run_id: job_id,
    artifacts: artifacts.map((one) => ({
      artifact_id: one.artifact_id,
      kind: one.kind,
      name: one.name,
      size_bytes: one.size_bytes,
      sha256: one.sha256,
      created_at: one.created_at,
      download_url: `/v1/${prefix}/${job_id}/artifacts/${one.artifact_id}`,
    })),
    summary: {
      total_count: artifacts.length,
      kinds_present: [...new Set(artifacts.map(({ kind }) => kind))].toSorted(),
    },
  });
}

async function artifactBytes(call: AnyCall, notFound: string): Promise<Reply> {
  const { job_id } = await ownJob(call, notFound);
  const id = call.params.artifact ?? '';
  const found = isId(id)
    ? await call.api.client.artifacts.get({ job_id, artifact_id: id }).catch(unknownAsNull)
    : null;
  if (found === null) throw new Refused(404, 'artifact not found');
  return {
    status: 200,
    bytes: Buffer.from(await found.content.arrayBuffer()),
    type: found.media_type,
    headers: { 'content-disposition': attachment(found.name) },
  };
}

/** A name that an agent chose: no path, no quote and no line of it reaches the header. */
export function attachment(name: string): string {
  const bare = name
    .replace(/^.*[/\\]/s, '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .slice(0, 200);
  const whole = bare.toWellFormed();
  const safe = /^\.*$/.test(whole) ? 'artifact' : whole;
  const ascii = safe.replace(/[^\x20-\x7e]|["\\%;]/g, '_');
  const encoded = encodeURIComponent(safe).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"${ascii === safe ? '' : `; filename*=UTF-8''${encoded}`}`;
}

const lastEventId = ({ headers }: AnyCall['request']): number => {
  const id = Number(headers['last-event-id']);
  return Number.isSafeInteger(id) && id > 0 ? id : 0;
};

export const runEndpoints: readonly Endpoint[] = [
  endpoint({
    methods: ['GET'],
    path: '/v1/runs/{id}/trace',
    tag: 'runs',
    summary:
      "The job's events from the first, as they come, then `end` (server-sent events); Last-Event-ID goes on from there.",
    answers: [
      { status: 200, about: 'events `log` and `end`', type: 'text/event-stream' },
      { status: 404, about: 'job not found' },
    ],
    handle: async (call) => {
      const { job_id } = await ownJob(call);
      if (call.request.method === 'HEAD')
        return { status: 200, bytes: Buffer.alloc(0), type: 'text/event-stream' };
      const after = lastEventId(call.request);
      return { stream: (response) => call.api.streams.serve(job_id, after, response) };
    },
  }),
  ...PREFIXES.flatMap(({ prefix, notFound }) => [
    endpoint({
      methods: ['GET'],
      path: `/v1/${prefix}/{id}/artifacts`,
      tag: 'artifacts',
      summary: 'What the run left behind.',
      answers: [
        { status: 200, about: 'the list', schema: shapes.artifacts },
        { status: 404, about: notFound },
      ],
      handle: (call) => listArtifacts(call, prefix, notFound),
    }),
    endpoint({
      methods: ['GET'],
      path: `/v1/${prefix}/{id}/artifacts/{artifact}`,
      tag: 'artifacts',
      summary: "An artifact's bytes.",
      answers: [
        { status: 200, about: 'the bytes', type: 'application/octet-stream' },
        { status: 404, about: 'artifact not found' },
      ],
      handle: (call) => artifactBytes(call, notFound),
    }),
  ]),
  endpoint({
    methods: ['GET'],
    path: '/v1/chains/{id}/state',
    tag: 'chains',
    summary: "The state of a chain's steps.",
    answers: [
      { status: 200, about: 'nodes and edges', schema: shapes.chain },
      { status: 404, about: 'chain run not found' },
    ],
    handle: async (call) => {
      const { job_id } = await ownJob(call, 'chain run not found');
      return ok({ ...(await call.api.client.chains.state({ job_id })), run_id: job_id });
    },
  }),
];
