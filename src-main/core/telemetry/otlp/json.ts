import type { AttributeValue } from '#shared/model/span.ts';
import { JsonWalk, parseJson } from './json-walk.ts';
import { idOf, MAX_ATTRIBUTES, MAX_EVENTS, type RawSpan, readSpan, type SpanOrigin } from './raw-span.ts';
import type { OtlpSpanIn } from './seams.ts';
import { cutText, doubleOf, intOf, invalid, type KeyedValue, MAX_MEMBERS, mapOf } from './values.ts';

type JsonMap = { readonly [key: string]: unknown };

/** Spans of an OTLP/JSON request, or why one cannot be taken; undefined between two, as a place to pause. */
export function* jsonSpans(body: Uint8Array): Generator<OtlpSpanIn | string | undefined, void> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw invalid('it is not UTF-8');
  }
  const walk = new JsonWalk(text);
  if (!/^\s*\{/.test(text)) throw invalid('it is no JSON object');
  for (const key of walk.members()) {
    if (key !== 'resourceSpans' && key !== 'resource_spans') {
      walk.value();
      continue;
    }
    for (const _ of walk.elements()) yield* resourceSpans(walk);
  }
  walk.end();
}

/** The resource may come after what it made, so spans wait as text until their resource is whole. */
function* resourceSpans(walk: JsonWalk): Generator<OtlpSpanIn | string | undefined, void> {
  let resource: unknown = null;
  const scopes: { scope: unknown; readonly spans: string[] }[] = [];
  for (const key of walk.members()) {
    if (key === 'resource') resource = walk.value();
    else if (key === 'scopeSpans' || key === 'scope_spans') {
      for (const _ of walk.elements()) {
        const group: { scope: unknown; readonly spans: string[] } = { scope: null, spans: [] };
        scopes.push(group);
        for (const inner of walk.members()) {
          if (inner === 'scope') group.scope = walk.value();
          else if (inner === 'spans') {
            for (const _span of walk.elements()) {
              group.spans.push(walk.raw());
              yield;
            }
          } else walk.value();
        }
      }
    } else walk.value();
  }
  for (const { scope, spans } of scopes) {
    const origin = originOf(resource, scope);
    for (const span of spans) yield spanOf(span, origin);
  }
}

function originOf(resource: unknown, scope: unknown): SpanOrigin {
  const of = mapAt(scope);
  return {
    resource: keyValues(listAt(mapAt(resource), 'attributes')),
    scopeName: textAt(of, 'name'),
    scopeVersion: textAt(of, 'version'),
    scope: keyValues(listAt(of, 'attributes')),
  };
}

function spanOf(text: string, origin: SpanOrigin): OtlpSpanIn | string {
  let span = parseJson(text);
  if (!isMap(span)) return 'a span is no object';
  // Numbers beyond 2^53 lose their last digits, which a writer of numeric times has put there.
  if (typeof of(span, 'startTimeUnixNano') === 'number' || typeof of(span, 'endTimeUnixNano') === 'number')
    span = parseJson(text, exactNumbers) as JsonMap;
  const map = span as JsonMap;
  if (typeof map.name !== 'string' && map.name !== undefined && map.name !== null)
    return "a span's name is no text";
  const parent = of(map, 'parentSpanId');
  const parentSpanId = parent === undefined || parent === null || parent === '' ? null : hexOf(parent, 8);
  if (parentSpanId === null && parent !== undefined && parent !== null && parent !== '')
    return "a parent's span id is not 16 hex digits";
  const startNs = nanosOf(of(map, 'startTimeUnixNano'));
  const endNs = nanosOf(of(map, 'endTimeUnixNano'));
  if (startNs === null || endNs === null) return "a span's times are no nanoseconds";
  const status = mapAt(map.status);
  const attributes = listAt(map, 'attributes');
  const raw: RawSpan = {
    traceId: hexOf(of(map, 'traceId'), 16),
    spanId: hexOf(of(map, 'spanId'), 8),
    parentSpanId: parentSpanId !== null && /^0+$/.test(parentSpanId) ? null : parentSpanId,
    name: textAt(map, 'name'),
    kind: enumOf(map.kind, KINDS),
    startNs,
    endNs,
    attributes: keyValues(attributes),
    dropped: countAt(map, 'droppedAttributesCount') + Math.max(0, attributes.length - MAX_ATTRIBUTES),
    events: listAt(map, 'events')
      .slice(0, MAX_EVENTS)
      .filter(isMap)
      .map((event) => ({
        name: textAt(event, 'name'),
        timeNs: nanosOf(of(event, 'timeUnixNano')) ?? 0n,
        attributes: keyValues(listAt(event, 'attributes')),
      })),
    links: listAt(map, 'links')
      .slice(0, MAX_EVENTS)
      .filter(isMap)
      .map((link) => ({
        traceId: hexOf(of(link, 'traceId'), 16),
        spanId: hexOf(of(link, 'spanId'), 8),
        attributes: keyValues(listAt(link, 'attributes')),
      })),
    traceState: textAt(map, 'traceState'),
    failed: enumOf(status.code, STATUS_CODES) === 2,
    statusMessage: textAt(status, 'message'),
  };
  return readSpan(raw, origin);
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUS_CODES = ['UNSET', 'OK', 'ERROR'];

/** Its number, or the number of its name ("SPAN_KIND_CLIENT", "client"). */
function enumOf(value: unknown, names: readonly string[]): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return 0;
  if (/^\d{1,3}$/.test(value)) return Number(value);
  return Math.max(0, names.indexOf(value.toUpperCase().replace(/^(SPAN_KIND|STATUS_CODE)_/, '')));
}

/** The reviver's third argument holds the number as it was written. */
const exactNumbers = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
    ? context?.source
    : value;

/** 0 where there is none; null where it is no number. */
function nanosOf(value: unknown): bigint | null {
  if (value === undefined || value === null || value === '') return 0n;
  if (typeof value === 'number') return Number.isFinite(value) ? BigInt(Math.trunc(value)) : null;
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : null;
}

const hexOf = (value: unknown, bytes: 8 | 16): string | null =>
  typeof value === 'string' ? idOf(value, bytes) : null;

/** A member by its name, or the same in snake_case. */
const of = (map: JsonMap, name: string): unknown => map[name] ?? map[snakeOf(name)];
const snakes = new Map<string, string>();
function snakeOf(name: string): string {
  let snake = snakes.get(name);
  if (snake === undefined) {
    snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    snakes.set(name, snake);
  }
  return snake;
}

const isMap = (value: unknown): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const mapAt = (value: unknown): JsonMap => (isMap(value) ? value : {});
const listAt = (map: JsonMap, name: string): readonly unknown[] => {
  const list = of(map, name);
  return Array.isArray(list) ? list : [];
};
const textAt = (map: JsonMap, name: string): string => {
  const text = of(map, name);
  return typeof text === 'string' ? text : '';
};
const countAt = (map: JsonMap, name: string): number => {
  const count = of(map, name);
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0;
};

/** One more than is kept, so that it is seen that there were more. */
function keyValues(list: readonly unknown[]): readonly KeyedValue[] {
  const entries: KeyedValue[] = [];
  for (const entry of list) {
    if (entries.length >= MAX_ATTRIBUTES) break;
    if (!isMap(entry) || typeof entry.key !== 'string' || entry.key === '') continue;
    entries.push({ key: cutText(entry.key, 512), value: anyValue(entry.value) });
  }
  return entries;
}

/** AnyValue; depth was bounded when the text was walked. */
function anyValue(given: unknown): AttributeValue {
  if (!isMap(given)) return isScalar(given) ? scalar(given) : null;
  const text = of(given, 'stringValue');
  if (typeof text === 'string') return cutText(text);
  const bool = of(given, 'boolValue');
  if (typeof bool === 'boolean') return bool;
  const int = of(given, 'intValue');
  if (typeof int === 'number') return doubleOf(int);
  if (typeof int === 'string') return /^-?\d{1,20}$/.test(int) ? intOf(BigInt(int)) : cutText(int);
  const double = of(given, 'doubleValue');
  if (typeof double === 'number') return doubleOf(double);
  if (typeof double === 'string') return cutText(double);
  const list = of(given, 'arrayValue');
  if (isMap(list)) return listAt(list, 'values').slice(0, MAX_MEMBERS).map(anyValue);
  const map = of(given, 'kvlistValue');
  if (isMap(map)) return mapOf(keyValues(listAt(map, 'values')));
  const bytes = of(given, 'bytesValue');
  return typeof bytes === 'string' ? cutText(bytes) : null;
}

/** Some writers leave the wrapping out. */
const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
const scalar = (value: string | number | boolean): AttributeValue =>
  typeof value === 'string' ? cutText(value) : typeof value === 'number' ? doubleOf(value) : value;
