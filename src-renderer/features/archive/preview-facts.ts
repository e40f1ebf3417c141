import { formatDuration, formatUsd } from '#shared/lib/format.ts';
import type { ArchivePreview } from '#shared/model/archive.ts';
import type { Json, JsonObject } from '#shared/model/job.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** What a result says of itself, read as tolerantly as results are: by RUNE, by us, or by something older. */
export interface PreviewFacts {
  readonly status: string | null;
  readonly demo: boolean;
  readonly jobId: string | null;
  readonly schema: string | null;
  readonly facts: readonly { readonly name: string; readonly value: string; readonly exact?: string }[];
  readonly times: readonly { readonly name: string; readonly at: EpochSeconds }[];
  readonly question: string | null;
  readonly answer: string | null;
  readonly error: { readonly code: string | null; readonly message: string } | null;
  readonly sha256: string | null;
}

export function previewFacts(preview: ArchivePreview): PreviewFacts {
  const { members } = preview;
  const request = objectOf(members.request);
  const result = objectOf(members.result);
  const created = timeOf(members.created_at);
  const started = timeOf(members.started_at);
  const ended = timeOf(members.updated_at) ?? timeOf(members.finished_at);
  const from = started ?? created;
  const cost = numberOf(members.actual_cost);
  const duration = from === null || ended === null ? null : (ended - from) * 1000;
  const failed = objectOf(members.error);
  const message = textOf(failed.message) ?? textOf(members.error);
  const named = (name: string, ...values: readonly (string | null)[]): PreviewFacts['facts'] => {
    const value = values.find((one) => one !== null);
    return value === undefined || value === null ? [] : [{ name, value }];
  };
  return {
    status: textOf(members.status),
    demo: members.demo === true,
    jobId: textOf(members.job_id) ?? textOf(members.id),
    schema: textOf(members.schema),
    facts: [
      ...named('kind', textOf(members.kind)),
      ...named('tenant', textOf(members.tenant_id), textOf(members.tenant)),
      ...named('agent', textOf(request.agent), textOf(request.agent_name)),
      ...named('model', textOf(request.model), textOf(request.model_name)),
      ...named('backend_type', textOf(request.backend_type)),
      ...(duration === null || duration < 0 ? [] : [{ name: 'duration', value: formatDuration(duration) }]),
      // Unknown is never $0: it is left out.
      ...(cost === null ? [] : [{ name: 'cost', value: formatUsd(cost), exact: `$${cost}` }]),
      ...named('written by', versionOf(objectOf(members.environment))),
    ],
    times: [
      ...(created === null ? [] : [{ name: 'created', at: created }]),
      ...(started === null ? [] : [{ name: 'started', at: started }]),
      ...(ended === null ? [] : [{ name: 'ended', at: ended }]),
    ],
    question: textOf(request.question) ?? textOf(request.prompt),
    answer: textOf(result.answer) ?? textOf(result.text) ?? textOf(members.result),
    error: message === null ? null : { code: textOf(failed.code), message },
    sha256: textOf(members.sha256),
  };
}

function versionOf(environment: JsonObject): string | null {
  const version = textOf(environment.app_version);
  return version === null ? null : `Runescope ${version}`;
}
const objectOf = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
const textOf = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;
const numberOf = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);

/** Seconds since the epoch, or a time as text. */
function timeOf(value: Json | undefined): EpochSeconds | null {
  if (typeof value === 'number') return value;
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? null : ms / 1000;
}
