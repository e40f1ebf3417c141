import type { Check, CheckName, Verification } from '#shared/model/archive.ts';
import type { FailureCode } from '#shared/model/failure.ts';
import type { Json, JsonObject } from '#shared/model/job.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** What was found about an archived result, in the words its banner opens with. */
export function verdictWords(verification: Verification): string {
  switch (verification.verdict) {
    case 'unchanged':
      return 'unchanged since written';
    case 'unsealed':
      return 'no hash recorded';
    case 'failed': {
      const failed = failedChecks(verification);
      const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
      return `FAILED: ${failed[0]?.message ?? 'it could not be verified'}${more}`;
    }
  }
}

export const failedChecks = (verification: Verification): readonly Check[] =>
  verification.checks.filter((check) => check.ok === false);

/** `9 checks`, `8 of 9 checks passed, 1 failed`: what was only worth knowing counts for neither. */
export function checksWords(checks: readonly Check[]): string {
  const failed = checks.filter((check) => check.ok === false).length;
  const passed = checks.filter((check) => check.ok === true).length;
  const remarks = checks.length - failed - passed;
  return [
    failed > 0 ? `${failed} failed` : null,
    `${passed} passed`,
    remarks > 0 ? `${remarks} ${remarks === 1 ? 'remark' : 'remarks'}` : null,
  ]
    .filter((part) => part !== null)
    .join(', ');
}

export const CHECK_TITLES: { readonly [N in CheckName]: string } = {
  read: 'Bytes',
  json: 'JSON',
  schema: 'Schema',
  hash: 'Recorded hash',
  checksum: 'Stored checksum',
  etag: 'ETag',
  key: 'Key against body',
  times: 'Times',
  listing: 'Listing',
  versions: 'Versions',
  lock: 'Object lock',
  local: 'Local record',
};

const NEXT_STEPS: Partial<Record<FailureCode, string>> = {
  'archive.not_found':
    'It may have been moved or deleted since it was listed: list the archive again to see what is there now.',
  'archive.object_changed':
    'Somebody wrote it anew while it was being read: open it again to read what is there now.',
  'archive.too_large': 'It can be downloaded and read with other tools.',
  'archive.not_json': 'Download its exact bytes to see what was written there.',
  'archive.not_a_result': 'Download its exact bytes to see what it is.',
  'archive.access_denied': 'Ask for the permission to read objects (s3:GetObject) below this prefix.',
  'archive.bad_credentials': 'Check the key id and the secret of this target in Settings.',
  'archive.unreachable': 'Check the connection and test the target in Settings.',
  'archive.target_unknown': 'Add the target in Settings, or open the result from a target that is there.',
};

/** What a reader can do about a result that does not open; undefined where the message says all there is. */
export const nextStep = (code: string): string | undefined => NEXT_STEPS[code as FailureCode];

/** Whether the target and the key are fine and the bytes can be had, though they do not open as a result. */
export const bytesCanBeHad = (code: string): boolean =>
  ['archive.too_large', 'archive.not_json', 'archive.not_a_result', 'archive.key_mismatch'].includes(code);

/** Of a record whose body was not read whole. */
export interface PreviewFacts {
  readonly demo: boolean;
  readonly status: string | null;
  readonly kind: string | null;
  readonly agent: string | null;
  readonly model: string | null;
  readonly backendType: string | null;
  readonly tenant: string | null;
  readonly question: string | null;
  readonly startedAt: EpochSeconds | null;
  readonly endedAt: EpochSeconds | null;
  readonly costUsd: number | null;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

/** Epoch seconds of a number, or of RUNE's text (UTC where it names no zone). */
function timeOf(value: Json | undefined): EpochSeconds | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return null;
  const zoned = /(z|[+-]\d{2}:?\d{2})$/i.test(value) ? value : `${value.replace(' ', 'T')}Z`;
  const ms = Date.parse(zoned);
  return Number.isNaN(ms) ? null : ms / 1000;
}

/** What the members that were read so far say; a member of another shape than expected says nothing. */
export function previewFacts(members: JsonObject): PreviewFacts {
  const request = isObject(members.request) ? members.request : {};
  return {
    demo: members.demo === true,
    status: textOf(members.status),
    kind: textOf(members.kind),
    agent: textOf(request.agent),
    model: textOf(request.model),
    backendType: textOf(request.backend_type),
    tenant: textOf(members.tenant_id) ?? textOf(members.tenant),
    question: textOf(request.question),
    startedAt: timeOf(members.started_at) ?? timeOf(members.created_at),
    endedAt: timeOf(members.updated_at),
    costUsd: typeof members.actual_cost === 'number' ? members.actual_cost : null,
  };
}

/** How long a presigned link may work: S3 takes a week at most. */
export const LINK_SECONDS: readonly { readonly value: string; readonly label: string }[] = [
  { value: '900', label: '15 minutes' },
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '1 day' },
  { value: '604800', label: '7 days' },
];

const SHOWN_VALUE = 160;

/** A member as a cell of the comparison; `whole` goes to the clipboard. Null: that side has no such member. */
export function valueText(
  value: Json | undefined,
): { readonly shown: string; readonly whole: string } | null {
  if (value === undefined) return null;
  const whole = JSON.stringify(value);
  return { shown: whole.length > SHOWN_VALUE ? `${whole.slice(0, SHOWN_VALUE)}…` : whole, whole };
}

/** A file's name of a key's last part, without what file systems refuse. */
export function fileNameOf(key: string): string {
  const last = key.split('/').findLast((part) => part !== '') ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
  const clean = last.replace(/[\u0000-\u001f<>:"\\|?*]/g, '_');
  return clean === '' || clean === '.' || clean === '..' ? 'result.json' : clean;
}
