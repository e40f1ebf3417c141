import { CodedError } from '#shared/model/failure.ts';

/** S3's limit, in UTF-8 bytes. */
const MAX_KEY_BYTES = 1024;

/** Refuses what no target can hold; what a key says is not this layer's business. */
export function checkObjectKey(key: string): void {
  const why =
    key === ''
      ? 'is empty'
      : key.includes('\0')
        ? 'holds a NUL character'
        : key.isWellFormed()
          ? Buffer.byteLength(key) > MAX_KEY_BYTES
            ? `is longer than ${MAX_KEY_BYTES} bytes`
            : null
          : 'holds half a character';
  if (why !== null)
    throw new CodedError('archive.bad_key', `The key ${JSON.stringify(key.slice(0, 80))} ${why}.`);
}

/** What would be read is larger than the reader takes. */
export const tooLarge = (key: string, size: number, maxBytes: number): CodedError =>
  new CodedError(
    'archive.too_large',
    `${key} has ${size.toLocaleString('en')} bytes; at most ${maxBytes.toLocaleString('en')} are read.`,
  );
