import { REDACTED, redactText } from '#shared/lib/redact-text.ts';
import type { Json, JsonObject } from '#shared/model/job.ts';
import { isPlain } from './environment.ts';

// What a variable outside PLAIN holds is taken for a secret unless its name says that it is an address or a setting.
const HARMLESS_NAME = /(URL|BASE|HOST|MODEL|TIMEOUT|TARGETS|SIZE|TOOLSET|INSTANCE)$/i;
const SHORTEST_SECRET = 6;

/** Values that a driver was given and that must not come back in its error text. */
export const secretValues = (env: Readonly<Record<string, string | undefined>>): readonly string[] =>
  Object.entries(env)
    .flatMap(([name, value]) =>
      value === undefined || value.length < SHORTEST_SECRET || isPlain(name) || HARMLESS_NAME.test(name)
        ? []
        : [value],
    )
    .sort((a, b) => b.length - a.length);

/** Text for a failure's message or detail: without the given values and without what looks like a credential. */
export function redact(text: string, values: readonly string[]): string {
  return redactText(withoutThese(text, values));
}

/** What is looked through for what is kept: a text that is cut first may be cut within a secret, and keep its half. */
const AHEAD = 20;

/** The first characters of a text that was cleaned. */
export const firstOf = (text: string, length: number, clean: (text: string) => string): string =>
  clean(text.slice(0, AHEAD * length)).slice(0, length);

/** The last characters of a text that was cleaned. */
export const lastOf = (text: string, length: number, clean: (text: string) => string): string =>
  clean(text.slice(-AHEAD * length)).slice(-length);

const withoutThese = (text: string, values: readonly string[]): string =>
  values.reduce((clean, secret) => clean.replaceAll(secret, REDACTED), text);

/** A driver's result without the given values, but in its answer, which is content. */
export const withoutValues = (result: JsonObject, values: readonly string[]): JsonObject =>
  values.length === 0
    ? result
    : Object.fromEntries(
        Object.entries(result).map(([key, member]) => [
          key,
          key === 'answer' ? member : withoutValuesIn(member, values),
        ]),
      );

function withoutValuesIn(value: Json, values: readonly string[]): Json {
  if (typeof value === 'string') return withoutThese(value, values);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withoutValuesIn(item, values));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, withoutValuesIn(member, values)]),
  );
}
