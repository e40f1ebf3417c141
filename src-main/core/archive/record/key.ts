import { CodedError } from '#shared/model/failure.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** What the strictest usual file system allows for one name; four of them stay below S3's 1,024 for a key. */
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
  return `results/${safeSegment(job.tenant_id)}/${safeSegment(job.kind)}/${date}/${safeSegment(`${job.job_id}.json`)}`;
}

/** What the key template says of an object: `{prefix}{tenant}/{kind}/{date}/{job_id}.json`, decoded. */
export interface KeyParts {
  readonly tenant: string;
  readonly kind: string;
  readonly date: string;
  readonly job_id: string;
}

/** The parts of a key that fits the template exactly; null for every other ("other data"). */
export function parseKey(prefix: string, key: string): KeyParts | null {
  if (!key.startsWith(prefix) || !key.endsWith('.json')) return null;
  const kindAt = key.indexOf('/', prefix.length) + 1;
  const dateAt = kindAt === 0 ? 0 : key.indexOf('/', kindAt) + 1;
  if (dateAt === 0) return null;
  const fileAt = dateAt + 11;
  if (key.charCodeAt(fileAt - 1) !== 0x2f || key.indexOf('/', fileAt) !== -1) return null;
  const date = key.slice(dateAt, fileAt - 1);
  if (!isCalendarDate(date)) return null;
  const tenant = decodeSegment(key.slice(prefix.length, kindAt - 1));
  const kind = decodeSegment(key.slice(kindAt, dateAt - 1));
  const job_id = decodeSegment(key.slice(fileAt, -5));
  return tenant === null || kind === null || job_id === null ? null : { tenant, kind, date, job_id };
}

/** A name that a folder or file may have, decoded; null for one that climbs, is empty, or is no text. */
function decodeSegment(raw: string): string | null {
  if (raw === '' || raw === '.' || raw === '..' || raw.includes('\0')) return null;
  if (!raw.includes('%')) return raw;
  try {
    const text = decodeURIComponent(raw);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** True for YYYY-MM-DD that the calendar has. */
export function isCalendarDate(text: string): boolean {
  if (text.length !== 10) return false;
  for (let i = 0; i < 10; i++) {
    const code = text.charCodeAt(i);
    if (i === 4 || i === 7 ? code !== 0x2d : code < 0x30 || code > 0x39) return false;
  }
  const month = two(text, 5);
  const day = two(text, 8);
  const year = two(text, 0) * 100 + two(text, 2);
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
}

const two = (text: string, at: number): number =>
  (text.charCodeAt(at) - 0x30) * 10 + text.charCodeAt(at + 1) - 0x30;
