import type { JsonObject } from '#shared/model/job.ts';
import { canonicalJson, sha256Hex } from '../record/canonical.ts';

/** `canonical`: the bytes themselves are what was hashed; `rewritten`: the same content in another form. */
export type Seal = 'canonical' | 'rewritten' | 'broken';

/** Whether a record's own hash speaks for it. */
export function checkSeal(bytes: Uint8Array, record: JsonObject, recorded: string): Seal {
  if (spliced(bytes, recorded) === recorded) return 'canonical';
  const { sha256: _own, ...rest } = record;
  try {
    return sha256Hex(canonicalJson(rest)) === recorded ? 'rewritten' : 'broken';
  } catch {
    // What has no canonical form (half a character) was never sealed so.
    return 'broken';
  }
}

/**
 * Canonical bytes without their `sha256` member are what it was computed over; taking it out spares parsing and writing
 * all of it again. A nested member of the same text cannot pass: the hash would have to speak for itself.
 */
function spliced(bytes: Uint8Array, recorded: string): string | null {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const member = `"sha256":"${recorded}",`;
  const at = body.indexOf(member);
  if (at === -1) return null;
  return sha256Hex(Buffer.concat([body.subarray(0, at), body.subarray(at + member.length)]));
}
