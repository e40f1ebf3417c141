import { parseRequest, type RequestOf } from '#shared/contract/requests.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { JobKind, JsonObject } from '#shared/model/job.ts';
import type { Flavour } from './api.ts';

const cannot = (what: string): CodedError =>
  new CodedError('source.cannot_provide', `This remote is RUNE's own server, ${what}.`);

/** What a job's request is sent as. Throws `request.*`, and `source.cannot_provide` for what RUNE has not. */
export function bodyFor(
  flavour: Flavour,
  kind: JobKind,
  request: Readonly<Record<string, unknown>>,
): JsonObject {
  const parsed = parseRequest(kind, request);
  // Ours reads every spelling; what was left out takes the defaults of there, not of here.
  if (flavour === 'runescope') return plain(request);
  return plain(runeBody(kind, parsed));
}

/** RUNE's fields and no others: its agentic-agent fails over one it does not know (reference: jobs §2). */
function runeBody(kind: JobKind, parsed: RequestOf[JobKind]): object {
  if (kind === 'chain') throw cannot('which has no way to start a chain');
  if (kind === 'cost-estimate') return parsed;
  const request = parsed as RequestOf['benchmark'];
  if (request.backend_type === 'demo') throw cannot('which has no demo backend');
  const rental = rentalOf(request);
  const backend = { backend_url: request.backend_url, backend_type: request.backend_type };
  if (kind === 'llm-instance') return { ...backend, provisioning: rental };
  if (request.timeout !== null) throw cannot('which has no time limit for a job: leave `timeout` out');
  const asked = {
    ...backend,
    question: request.question,
    model: request.model,
    backend_warmup: request.backend_warmup,
    backend_warmup_timeout: request.backend_warmup_timeout,
    kubeconfig: request.kubeconfig,
  };
  if (kind === 'agentic-agent') return { ...asked, agent: request.agent };
  if (request.agent !== 'holmes') throw cannot('whose benchmark always asks holmes');
  return { ...asked, attestation_required: request.attestation_required, provisioning: rental };
}

function rentalOf({ provisioning }: Pick<RequestOf['benchmark'], 'provisioning'>): object | null {
  const rental = provisioning?.vastai;
  if (rental === null || rental === undefined) return null;
  const { offer_id, gpu_name, disk_gb, ...known } = rental;
  if ((offer_id ?? gpu_name ?? disk_gb) !== undefined)
    throw cannot('which chooses the offer by itself: leave offer_id, gpu_name and disk_gb out');
  return { vastai: known };
}

/** As JSON holds it. */
const plain = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

/** The question for RUNE's estimate of what a request would rent; null where it rents nothing. */
export function rentalQuestion(body: JsonObject): object | null {
  const provisioning = body.provisioning as { readonly vastai?: JsonObject | null } | null | undefined;
  const rental = provisioning?.vastai;
  if (rental === null || rental === undefined) return null;
  const { min_dph = 0, max_dph = 0 } = rental;
  // RUNE's client always asks for one hour.
  return { vastai: true, min_dph, max_dph, model: body.model ?? '', estimated_duration_seconds: 3600 };
}
