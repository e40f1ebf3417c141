import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { base64Crc32 } from './object-store.ts';
import { S3Error } from './s3-error.ts';

type Headers = Readonly<Record<string, string>>;

const MAX_BODY_BYTES = 1024 ** 3;
const HEX_SHA256 = /^[0-9a-f]{64}$/;

const checksums: Readonly<Record<string, (bytes: Uint8Array) => string>> = {
  crc32: base64Crc32,
  sha1: (bytes) => createHash('sha1').update(bytes).digest('base64'),
  sha256: (bytes) => createHash('sha256').update(bytes).digest('base64'),
};

/** The whole body; one that ends before its content-length is refused, as nothing of it may be stored. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) throw new S3Error('EntityTooLarge', 'The body is larger than 1 GB.');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof S3Error) throw error;
    throw new S3Error('IncompleteBody', 'The connection ended before the body did.');
  }
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}

/** The object's bytes from the body of a PUT, with every checksum it came with verified. */
export function payloadOf(headers: Headers, body: Buffer, mode: 'current' | 'old'): Buffer {
  const contentHash = headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  const trailing = contentHash === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
  if (mode === 'old') refuseChecksums(headers, trailing);
  if (contentHash.startsWith('STREAMING-') && !trailing)
    throw new S3Error('NotImplemented', `${contentHash} is not implemented.`);
  const { bytes, trailers } = trailing ? decodeChunked(body) : { bytes: body, trailers: {} };
  const declared = headers['x-amz-decoded-content-length'];
  if (trailing && declared !== String(bytes.length))
    throw new S3Error('IncompleteBody', `${declared} bytes were announced, ${bytes.length} came.`);
  if (HEX_SHA256.test(contentHash) && createHash('sha256').update(bytes).digest('hex') !== contentHash)
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  const md5 = headers['content-md5'];
  if (md5 !== undefined && createHash('md5').update(bytes).digest('base64') !== md5)
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  verifyChecksums({ ...headers, ...trailers }, bytes);
  return bytes;
}

function verifyChecksums(headers: Headers, bytes: Uint8Array): void {
  const announced = headers['x-amz-trailer'];
  if (announced !== undefined && headers[announced] === undefined)
    throw new S3Error('InvalidRequest', `The trailer ${announced} was announced and did not come.`);
  for (const [name, value] of Object.entries(headers)) {
    const algorithm = /^x-amz-checksum-(?!mode$|type$|algorithm$)(.+)$/.exec(name)?.[1];
    if (algorithm === undefined) continue;
    const compute = checksums[algorithm];
    if (compute === undefined) throw new S3Error('NotImplemented', `${name} is not implemented.`);
    if (compute(bytes) !== value)
      throw new S3Error(
        'BadDigest',
        `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      );
  }
}

function refuseChecksums(headers: Headers, trailing: boolean): void {
  if (trailing || headers['content-encoding']?.includes('aws-chunked'))
    throw new S3Error('InvalidRequest', 'aws-chunked bodies with trailers are not supported.');
  const unknown = Object.keys(headers).find((name) => /^x-amz-(sdk-)?checksum-/.test(name));
  if (unknown !== undefined)
    throw new S3Error(
      'NotImplemented',
      'A header you provided implies functionality that is not implemented',
      {
        Header: unknown,
      },
    );
}

/** `size-in-hex CRLF bytes CRLF`, ended by a chunk of size 0 and then the trailers. */
function decodeChunked(body: Buffer): { bytes: Buffer; trailers: Headers } {
  const chunks: Buffer[] = [];
  const incomplete = () => new S3Error('IncompleteBody', 'The aws-chunked body is malformed.');
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = /^([0-9a-f]+)(;|$)/i.exec(body.toString('latin1', at, Math.max(at, lineEnd)))?.[1];
    if (lineEnd < 0 || size === undefined) throw incomplete();
    const start = lineEnd + 2;
    const end = start + Number.parseInt(size, 16);
    if (end === start) {
      const lines = body.toString('latin1', start).split('\r\n').filter(Boolean);
      const trailers = lines.map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      });
      return { bytes: Buffer.concat(chunks), trailers: Object.fromEntries(trailers) };
    }
    if (body.toString('latin1', end, end + 2) !== '\r\n') throw incomplete();
    chunks.push(body.subarray(start, end));
    at = end + 2;
  }
}
