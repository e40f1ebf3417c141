import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { CodedError } from '#shared/model/failure.ts';
import type { AttributeValue } from '#shared/model/span.ts';
import {
  MAX_ATTRIBUTES,
  MAX_EVENTS,
  type RawEvent,
  type RawLink,
  readSpan,
  type SpanOrigin,
} from './raw-span.ts';
import type { OtlpSpanIn } from './seams.ts';
import {
  cutText,
  doubleOf,
  intOf,
  invalid,
  type KeyedValue,
  MAX_MEMBERS,
  MAX_NESTING,
  mapOf,
} from './values.ts';

/**
 * The fields of opentelemetry/proto/trace/v1 that are read, by their numbers there. Whatever else comes is passed
 * over; a field of another wire type than its own cannot be read.
 */
const REQUEST = { resource_spans: 1 };
const RESOURCE_SPANS = { resource: 1, scope_spans: 2 };
const RESOURCE = { attributes: 1 };
const SCOPE_SPANS = { scope: 1, spans: 2 };
const SCOPE = { name: 1, version: 2, attributes: 3 };

type Visit = (field: number, reader: BinaryReader, wire: WireType) => boolean;

/** Spans of an OTLP request, or why one cannot be taken. */
export function* protobufSpans(body: Uint8Array): Generator<OtlpSpanIn | string | undefined, void> {
  for (const resourceSpans of parts(body, REQUEST.resource_spans)) {
    const resource = parts(resourceSpans, RESOURCE_SPANS.resource).flatMap((of) =>
      keyValues(parts(of, RESOURCE.attributes)),
    );
    for (const scopeSpans of parts(resourceSpans, RESOURCE_SPANS.scope_spans)) {
      const origin = originOf(resource, parts(scopeSpans, SCOPE_SPANS.scope).at(-1));
      for (const span of parts(scopeSpans, SCOPE_SPANS.spans)) yield spanOf(span, origin);
    }
  }
}

/** Calls `visit` for each field of a message; false from it passes the field over. Throws `otlp.invalid`. */
function fields(message: Uint8Array, visit: Visit): void {
  const reader = new BinaryReader(message, decodeText);
  try {
    while (reader.pos < reader.len) {
      const [field, wire] = reader.tag();
      if (!visit(field, reader, wire)) reader.skip(wire, field);
    }
  } catch (thrown) {
    if (thrown instanceof CodedError) throw thrown;
    throw invalid('its protobuf is malformed');
  }
}

/** Node's own is several times faster than TextDecoder for texts of this length. */
const decodeText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

/** The submessages in a repeated field. */
function parts(message: Uint8Array, wanted: number): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  fields(message, (field, reader, wire) => {
    if (field !== wanted) return false;
    found.push(bytesOf(reader, wire));
    return true;
  });
  return found;
}

function bytesOf(reader: BinaryReader, wire: WireType): Uint8Array {
  if (wire !== WireType.LengthDelimited) throw invalid('a field is of another type');
  return reader.bytes();
}
function textOf(reader: BinaryReader, wire: WireType): string {
  if (wire !== WireType.LengthDelimited) throw invalid('a field is of another type');
  return reader.string();
}
function nanosOf(reader: BinaryReader, wire: WireType): bigint {
  if (wire !== WireType.Bit64) throw invalid('a time is of another type');
  return BigInt(reader.fixed64());
}
function varint(reader: BinaryReader, wire: WireType): number {
  if (wire !== WireType.Varint) throw invalid('a field is of another type');
  return Number(reader.int64());
}

function originOf(resource: readonly KeyedValue[], scope: Uint8Array | undefined): SpanOrigin {
  let scopeName = '';
  let scopeVersion = '';
  const attributes: Uint8Array[] = [];
  if (scope !== undefined)
    fields(scope, (field, reader, wire) => {
      if (field === SCOPE.name) scopeName = textOf(reader, wire);
      else if (field === SCOPE.version) scopeVersion = textOf(reader, wire);
      else if (field === SCOPE.attributes) attributes.push(bytesOf(reader, wire));
      else return false;
      return true;
    });
  return { resource, scopeName, scopeVersion, scope: keyValues(attributes) };
}

function spanOf(message: Uint8Array, origin: SpanOrigin): OtlpSpanIn | string {
  let traceId: Uint8Array = NO_BYTES;
  let spanId: Uint8Array = NO_BYTES;
  let parent: Uint8Array = NO_BYTES;
  let name = '';
  let traceState = '';
  let kind = 0;
  let startNs = 0n;
  let endNs = 0n;
  let dropped = 0;
  let status: Uint8Array = NO_BYTES;
  let attributeCount = 0;
  const attributes: Uint8Array[] = [];
  const events: Uint8Array[] = [];
  const links: Uint8Array[] = [];
  fields(message, (field, reader, wire) => {
    switch (field) {
      case 1:
        traceId = bytesOf(reader, wire);
        return true;
      case 2:
        spanId = bytesOf(reader, wire);
        return true;
      case 3:
        traceState = textOf(reader, wire);
        return true;
      case 4:
        parent = bytesOf(reader, wire);
        return true;
      case 5:
        name = textOf(reader, wire);
        return true;
      case 6:
        kind = varint(reader, wire);
        return true;
      case 7:
        startNs = nanosOf(reader, wire);
        return true;
      case 8:
        endNs = nanosOf(reader, wire);
        return true;
      case 9: {
        const attribute = bytesOf(reader, wire);
        if (++attributeCount <= MAX_ATTRIBUTES) attributes.push(attribute);
        return true;
      }
      case 10:
        dropped = Math.max(0, varint(reader, wire));
        return true;
      case 11:
        events.push(bytesOf(reader, wire));
        return true;
      case 13:
        links.push(bytesOf(reader, wire));
        return true;
      case 15:
        status = bytesOf(reader, wire);
        return true;
      default:
        return false;
    }
  });
  if (parent.length !== 0 && parent.length !== 8) return "a parent's span id is not 8 bytes";
  const { failed, statusMessage } = statusOf(status);
  return readSpan(
    {
      traceId: hexOf(traceId, 16),
      spanId: hexOf(spanId, 8),
      parentSpanId: parent.every((byte) => byte === 0) ? null : hexOf(parent, 8),
      name,
      kind,
      startNs,
      endNs,
      attributes: keyValues(attributes),
      dropped: dropped + Math.max(0, attributeCount - MAX_ATTRIBUTES),
      events: events.slice(0, MAX_EVENTS).map(eventOf),
      links: links.slice(0, MAX_EVENTS).map(linkOf),
      traceState,
      failed,
      statusMessage,
    },
    origin,
  );
}
const NO_BYTES = new Uint8Array(0);

const hexOf = (bytes: Uint8Array, length: 8 | 16): string | null =>
  bytes.length === length
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
    : null;

function statusOf(message: Uint8Array): { readonly failed: boolean; readonly statusMessage: string } {
  let statusMessage = '';
  let code = 0;
  fields(message, (field, reader, wire) => {
    if (field === 2) statusMessage = textOf(reader, wire);
    else if (field === 3) code = varint(reader, wire);
    else return false;
    return true;
  });
  return { failed: code === 2, statusMessage };
}

function eventOf(message: Uint8Array): RawEvent {
  let timeNs = 0n;
  let name = '';
  const attributes: Uint8Array[] = [];
  fields(message, (field, reader, wire) => {
    if (field === 1) timeNs = nanosOf(reader, wire);
    else if (field === 2) name = textOf(reader, wire);
    else if (field === 3) attributes.push(bytesOf(reader, wire));
    else return false;
    return true;
  });
  return { name, timeNs, attributes: keyValues(attributes) };
}

function linkOf(message: Uint8Array): RawLink {
  let traceId: Uint8Array = NO_BYTES;
  let spanId: Uint8Array = NO_BYTES;
  const attributes: Uint8Array[] = [];
  fields(message, (field, reader, wire) => {
    if (field === 1) traceId = bytesOf(reader, wire);
    else if (field === 2) spanId = bytesOf(reader, wire);
    else if (field === 4) attributes.push(bytesOf(reader, wire));
    else return false;
    return true;
  });
  return { traceId: hexOf(traceId, 16), spanId: hexOf(spanId, 8), attributes: keyValues(attributes) };
}

function keyValues(messages: readonly Uint8Array[], depth = 0): readonly KeyedValue[] {
  return messages.slice(0, MAX_ATTRIBUTES).map((message) => {
    let key = '';
    let value: AttributeValue = null;
    fields(message, (field, reader, wire) => {
      if (field === 1) key = textOf(reader, wire);
      else if (field === 2) value = anyValue(bytesOf(reader, wire), depth);
      else return false;
      return true;
    });
    return { key: cutText(key, 512), value };
  });
}

function anyValue(message: Uint8Array, depth: number): AttributeValue {
  if (depth > MAX_NESTING) throw invalid(`a value nests deeper than ${MAX_NESTING} levels`);
  let value: AttributeValue = null;
  fields(message, (field, reader, wire) => {
    switch (field) {
      case 1:
        value = cutText(textOf(reader, wire));
        return true;
      case 2:
        value = varint(reader, wire) !== 0;
        return true;
      case 3:
        if (wire !== WireType.Varint) throw invalid('a number is of another type');
        value = intOf(BigInt(reader.int64()));
        return true;
      case 4:
        if (wire !== WireType.Bit64) throw invalid('a number is of another type');
        value = doubleOf(reader.double());
        return true;
      case 5:
        value = parts(bytesOf(reader, wire), 1)
          .slice(0, MAX_MEMBERS)
          .map((one) => anyValue(one, depth + 1));
        return true;
      case 6:
        value = mapOf(keyValues(parts(bytesOf(reader, wire), 1), depth + 1));
        return true;
      case 7:
        value = cutText(Buffer.from(bytesOf(reader, wire)).toString('base64'));
        return true;
      default:
        return false;
    }
  });
  return value;
}
