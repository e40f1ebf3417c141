import type { IncomingMessage } from 'node:http';
import type { Logger } from '#core/ports/ports.ts';
import { decodeInSlices, inTurns, type OtlpEncoding } from '#core/telemetry/otlp/decode.ts';
import type { OtlpDecoded, OtlpSpanIn } from '#core/telemetry/otlp/seams.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Bytes } from '#shared/model/units.ts';
import { foreignSender } from '../foreign-sender.ts';
import { logWhenOver, pathOf } from '../request-log.ts';
import type { HttpRoute } from '../seams.ts';
import { answerRefused, answerTaken, Refusal } from './answer.ts';
import { BodyBudget, encodingOf, readBody } from './body.ts';

/** Of all bodies that are under way at once. */
const MAX_HELD: Bytes = 192 * 1024 * 1024;
const TRACES = '/v1/traces';

/** What the receiver tells of a request. */
export interface TraceTally {
  received(spans: number): void;
  rejected(spans: number): void;
  deferred(): void;
}

/** POST /v1/traces. Answers when `push` has taken the spans; false from it means: come again. */
export function createTracesRoute({
  push,
  tally,
  logger,
  maxBody,
}: {
  readonly push: (spans: readonly OtlpSpanIn[]) => boolean;
  readonly tally: TraceTally;
  readonly logger: Logger;
  readonly maxBody?: Bytes | undefined;
}): HttpRoute {
  const budget = new BodyBudget(MAX_HELD);
  const take = async (request: IncomingMessage): Promise<OtlpDecoded> => {
    const encoding = admit(request);
    const body = await readBody(request, budget, maxBody);
    try {
      const decoded = await inTurns(decodeInSlices(body.bytes, encoding));
      if (!push(decoded.spans)) throw new Refusal(503, 'Too many spans wait for the disk.', 1);
      return decoded;
    } finally {
      body.release();
    }
  };
  return async (request, response) => {
    let auth = 'local';
    logWhenOver(logger, request, response, () => ({ endpoint: endpointOf(request), auth }));
    const encoding = encodingOf(request.headers['content-type']) ?? 'json';
    try {
      const decoded = await take(request);
      tally.received(decoded.spans.length);
      tally.rejected(decoded.rejected);
      answerTaken(response, encoding, decoded);
    } catch (thrown) {
      const refusal = refusalOf(thrown);
      if (refusal.status === 403) auth = 'foreign';
      if (refusal.status === 503) tally.deferred();
      // What is not read of the body must not be taken for the next request.
      if (!request.complete) response.setHeader('connection', 'close');
      answerRefused(response, encoding, refusal);
    }
    return true;
  };
}

const endpointOf = (request: IncomingMessage): string => (pathOf(request) === TRACES ? TRACES : '(unknown)');

/** Throws a Refusal for what is no request to us, before its body is read. */
function admit(request: IncomingMessage): OtlpEncoding {
  const foreign = foreignSender(request);
  if (foreign === 'host') throw new Refusal(403, 'This receiver answers on 127.0.0.1 only.');
  if (foreign === 'origin') throw new Refusal(403, 'Pages of other sites may not send spans here.');
  if (pathOf(request) !== TRACES)
    throw new Refusal(404, 'Only traces are received, at /v1/traces: no metrics, no logs.');
  if (request.method !== 'POST') throw new Refusal(405, 'Traces are sent with POST.');
  const encoding = encodingOf(request.headers['content-type']);
  if (encoding === null)
    throw new Refusal(415, 'Content-Type must be application/json or application/x-protobuf.');
  return encoding;
}

function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof CodedError && thrown.code === 'otlp.invalid') return new Refusal(400, thrown.message);
  throw thrown;
}
