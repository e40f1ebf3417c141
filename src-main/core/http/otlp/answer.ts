import type { ServerResponse } from 'node:http';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { OtlpEncoding } from '#core/telemetry/otlp/decode.ts';
import type { OtlpDecoded } from '#core/telemetry/otlp/seams.ts';
import type { Bytes, Seconds } from '#shared/model/units.ts';
import { endAnswer } from '../end-answer.ts';

/** Of a request that is refused; such batches may be larger than requests to the API. */
const MAX_DISCARDED: Bytes = 256 * 1024 * 1024;

export type RefusalStatus = 400 | 403 | 404 | 405 | 413 | 415 | 500 | 503;

/** google.rpc.Code by HTTP status. */
const RPC_CODES: Readonly<Record<RefusalStatus, number>> = {
  400: 3,
  403: 7,
  404: 5,
  405: 12,
  413: 8,
  415: 3,
  500: 13,
  503: 14,
};

/** Why a request is not taken. */
export class Refusal extends Error {
  readonly status: RefusalStatus;
  readonly retryAfter: Seconds | null;

  constructor(status: RefusalStatus, message: string, retryAfter: Seconds | null = null) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** ExportTraceServiceResponse: what could not be taken is told, and need not be sent again. */
export function answerTaken(
  response: ServerResponse,
  encoding: OtlpEncoding,
  { rejected, reasons }: Pick<OtlpDecoded, 'rejected' | 'reasons'>,
): void {
  const errorMessage = reasons.join('; ');
  if (encoding === 'json') {
    const partialSuccess = { rejectedSpans: String(rejected), errorMessage };
    send(response, 200, encoding, Buffer.from(JSON.stringify(rejected === 0 ? {} : { partialSuccess })));
    return;
  }
  const writer = new BinaryWriter();
  if (rejected > 0)
    writer
      .tag(1, WireType.LengthDelimited)
      .fork()
      .tag(1, WireType.Varint)
      .int64(rejected)
      .tag(2, WireType.LengthDelimited)
      .string(errorMessage)
      .join();
  send(response, 200, encoding, writer.finish());
}

/** google.rpc.Status, in the encoding of the request. */
export function answerRefused(
  response: ServerResponse,
  encoding: OtlpEncoding,
  { status, message, retryAfter }: Refusal,
): void {
  const code = RPC_CODES[status];
  const body =
    encoding === 'json'
      ? Buffer.from(JSON.stringify({ code, message }))
      : new BinaryWriter()
          .tag(1, WireType.Varint)
          .int32(code)
          .tag(2, WireType.LengthDelimited)
          .string(message)
          .finish();
  if (retryAfter !== null) response.setHeader('retry-after', String(retryAfter));
  if (status === 405) response.setHeader('allow', 'POST');
  send(response, status, encoding, body);
}

function send(response: ServerResponse, status: number, encoding: OtlpEncoding, body: Uint8Array): void {
  response.writeHead(status, {
    'content-type': encoding === 'json' ? 'application/json' : 'application/x-protobuf',
    'content-length': body.length,
    'x-content-type-options': 'nosniff',
  });
  endAnswer(response.req, response, body, MAX_DISCARDED);
}
