import { CodedError } from '#shared/model/failure.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** S3's limit on a key, in UTF-8 bytes; ours are ASCII. */
const MAX_KEY_BYTES = 1024;
/** What the strictest usual file system allows for one name. */
const MAX_SEGMENT_BYTES = 255;

/** One path segment from any text: bytes outside [A-Za-z0-9._-] percent-encoded, so that it can neither climb nor nest. */
export function safeSegment(text: string): string {
  const encoded = [...new TextEncoder().encode(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[A-Za-z0-9._-]/.test(char) ? char : percent(byte);
    })
    .join('');
  if (/^\.{1,2}$/.test(encoded)) return encoded.replaceAll('.', percent(0x2e));
  if (encoded === '' || encoded.length > MAX_SEGMENT_BYTES) {
    throw new CodedError(
      'archive.write_failed',
      `"${text.slice(0, 40)}" cannot be part of an archive key: it is empty or too long.`,
    );
  }
  return encoded;
}

const percent = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;

/** `results/{tenant}/{kind}/{date}/{job_id}.json`; the date is the UTC day on which the job ended. */
export function resultKey(job: {
  readonly tenant_id: string;
  readonly kind: string;
  readonly job_id: string;
  readonly ended_at: EpochSeconds;
}): string {
  const ended = new Date(job.ended_at * 1000);
  if (Number.isNaN(ended.getTime()) || ended.getUTCFullYear() < 0 || ended.getUTCFullYear() > 9999)
    throw new CodedError(
      'archive.write_failed',
      `Job ${job.job_id} has no usable end time (${job.ended_at}).`,
    );
  const date = ended.toISOString().slice(0, 10);
  const key = `results/${safeSegment(job.tenant_id)}/${safeSegment(job.kind)}/${date}/${safeSegment(`${job.job_id}.json`)}`;
  if (key.length > MAX_KEY_BYTES)
    throw new CodedError(
      'archive.write_failed',
      `The archive key of job ${job.job_id} is longer than ${MAX_KEY_BYTES} bytes.`,
    );
  return key;
}
