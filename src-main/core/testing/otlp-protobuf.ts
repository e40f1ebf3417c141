import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { AnyValue, KeyValue, OtlpRequest, OtlpSpan } from '#core/telemetry/export/otlp.ts';

/** A request of our JSON export in OTLP's other encoding, by the field numbers of opentelemetry-proto. */
export function protobufOf(request: OtlpRequest): Uint8Array {
  const writer = new BinaryWriter();
  for (const { resource, scopeSpans } of request.resourceSpans) {
    message(writer, 1, () => {
      message(writer, 1, () => keyValues(writer, 1, resource.attributes));
      for (const { scope, spans } of scopeSpans) {
        message(writer, 2, () => {
          message(writer, 1, () => {
            writer.tag(1, WireType.LengthDelimited).string(scope.name);
            writer.tag(2, WireType.LengthDelimited).string(scope.version);
          });
          for (const span of spans) message(writer, 2, () => spanOf(writer, span));
        });
      }
    });
  }
  return writer.finish();
}

function message(writer: BinaryWriter, field: number, fill: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  fill();
  writer.join();
}

function spanOf(writer: BinaryWriter, span: OtlpSpan): void {
  writer.tag(1, WireType.LengthDelimited).bytes(Buffer.from(span.traceId, 'hex'));
  writer.tag(2, WireType.LengthDelimited).bytes(Buffer.from(span.spanId, 'hex'));
  writer.tag(4, WireType.LengthDelimited).bytes(Buffer.from(span.parentSpanId, 'hex'));
  writer.tag(5, WireType.LengthDelimited).string(span.name);
  writer.tag(6, WireType.Varint).int32(span.kind);
  writer.tag(7, WireType.Bit64).fixed64(span.startTimeUnixNano);
  writer.tag(8, WireType.Bit64).fixed64(span.endTimeUnixNano);
  keyValues(writer, 9, span.attributes);
  message(writer, 15, () => {
    if (span.status.message !== undefined)
      writer.tag(2, WireType.LengthDelimited).string(span.status.message);
    if (span.status.code !== undefined) writer.tag(3, WireType.Varint).int32(span.status.code);
  });
  writer.tag(16, WireType.Bit32).fixed32(span.flags);
}

function keyValues(writer: BinaryWriter, field: number, list: readonly KeyValue[]): void {
  for (const { key, value } of list) {
    message(writer, field, () => {
      writer.tag(1, WireType.LengthDelimited).string(key);
      message(writer, 2, () => anyValue(writer, value));
    });
  }
}

function anyValue(writer: BinaryWriter, value: AnyValue): void {
  if ('stringValue' in value) writer.tag(1, WireType.LengthDelimited).string(value.stringValue as string);
  else if ('boolValue' in value) writer.tag(2, WireType.Varint).bool(value.boolValue as boolean);
  else if ('intValue' in value) writer.tag(3, WireType.Varint).int64(value.intValue as string);
  else if ('doubleValue' in value) writer.tag(4, WireType.Bit64).double(Number(value.doubleValue));
  else if ('arrayValue' in value) {
    const { values } = value.arrayValue as { readonly values: readonly AnyValue[] };
    message(writer, 5, () => {
      for (const one of values) message(writer, 1, () => anyValue(writer, one));
    });
  } else if ('kvlistValue' in value)
    message(writer, 6, () =>
      keyValues(writer, 1, (value.kvlistValue as { readonly values: readonly KeyValue[] }).values),
    );
}
