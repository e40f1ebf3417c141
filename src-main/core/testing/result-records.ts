import {
  buildResultRecord,
  prepareOutboxEntry,
  type ResultRecord,
  type SealedResult,
} from '#core/archive/record/result-record.ts';
import type { JobDetail } from '#shared/model/job.ts';

const BEGAN = 1_795_362_000;

/** A sealed record of a job that succeeded on 2026-11-22, with so many spans below its root. */
export const madeRecord = (job: Partial<JobDetail> = {}, spans?: number): ResultRecord =>
  sealedResult(job, spans).record;

function sealedResult(job: Partial<JobDetail> = {}, spans = 2): SealedResult {
  const jobId = job.job_id ?? '3f0c1a52-7b11-4c7e-9d0e-0a4f6b2c8d11';
  const id = (n: number): string => (n + 1).toString(16).padStart(16, '0');
  const names = Array.from({ length: spans + 1 }, (_, i) => (i === spans ? 'job.execute' : 'backend.chat'));
  const detail = {
    job_id: jobId,
    tenant_id: 'acme',
    kind: 'agentic-agent',
    status: 'succeeded',
    demo: false,
    message: 'job completed',
    created_at: BEGAN,
    started_at: BEGAN + 0.5,
    finished_at: BEGAN + 3,
    updated_at: BEGAN + 3,
    cost_usd: 0.000_123_456_789,
    artifacts: [],
    request: { question: 'Why?', agent: 'holmes', backend_type: 'ollama', model: 'm' },
    result: { answer: 'Because.', telemetry: { tokens: { total: 12 } } },
    error: null,
    estimate: { projected_cost_usd: 0.0004 },
    ...job,
  } as unknown as JobDetail;
  return buildResultRecord({
    job: detail,
    spans: names.map((name, i) => ({
      trace_id: jobId
        .replaceAll('-', '')
        .slice(0, 32)
        .padStart(32, '0')
        .replace(/[^0-9a-f]/g, '0'),
      span_id: id(i),
      parent_span_id: i === spans ? null : id(spans),
      name,
      start_time: BEGAN + 0.5 + i / 1e5,
      duration_ms: i === spans ? 2500 : 0.25,
      status: 'ok',
      error_type: null,
      attributes: { backend_type: 'ollama', model: 'm', i },
      inferred: false,
      lost: false,
    })),
    events: names.map((event, i) => ({
      id: i + 1,
      event,
      status: 'ok',
      duration_ms: i === spans ? 2500 : 0.25,
      error_type: null,
      labels: { backend_type: 'ollama', model: 'm', i },
      recorded_at: BEGAN + 0.5 + i / 1e5 + (i === spans ? 2.5 : 0.000_25),
    })),
    environment: { app_version: '0.1.0', node: '24.0.0', platform: 'linux-x64', host_kind: 'cli' },
  });
}

/** Its key and bytes, as they are delivered. */
export const madeObject = (job: Partial<JobDetail> = {}, spans?: number) =>
  prepareOutboxEntry(sealedResult(job, spans));
