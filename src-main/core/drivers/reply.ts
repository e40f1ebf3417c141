import { z } from 'zod';
import { MAX_JSON_DEPTH, nestsTooDeep } from '#shared/lib/json-depth.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { JsonObject } from '#shared/model/job.ts';
import { firstOf } from './redact.ts';

const reply = z.object({
  status: z.string().nullish(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
  id: z.union([z.string(), z.number()]).nullish(),
});
type Reply = z.infer<typeof reply>;

export const jsonObject = z.record(z.string(), z.json()) satisfies z.ZodType<JsonObject>;

/**
 * The result in a stdio driver's output. RUNE reads all of it as one JSON value; besides that, the last line that is
 * a reply to this call counts, so that a log line on stdout does no harm. A reply without an id is taken for ours.
 */
export function readReply(
  name: string,
  stdout: string,
  id: string,
  clean: (text: string) => string,
): JsonObject {
  const text = stdout.trim();
  if (text === '') {
    throw new CodedError(
      'driver.no_output',
      `Driver "${name}" ended without an answer. Its error output is in the details.`,
    );
  }
  const replies = candidates(text);
  const ours =
    replies.find((candidate) => candidate.id === id) ?? replies.find(({ id: other }) => other == null);
  if (ours === undefined) {
    if (nestsTooDeep(text)) throw tooDeep(name);
    throw new CodedError(
      'driver.bad_output',
      replies.length > 0
        ? `Driver "${name}" answered another call: its reply carries a different id.`
        : `Driver "${name}" printed something that is not a reply. It must print one JSON object on a line.`,
      { detail: firstOf(text, 500, clean) },
    );
  }
  if (ours.status === 'error') {
    const said =
      typeof ours.error === 'string' ? ours.error : JSON.stringify(ours.error ?? 'no reason given');
    throw new CodedError('driver.error', `Driver "${name}" reports: ${clean(said).slice(0, 1000)}`, {
      detail: clean(said).slice(0, 4000),
    });
  }
  return readResult(name, ours.result);
}

/** A driver's result object; a missing one is empty, as in RUNE. */
export function readResult(name: string, result: unknown): JsonObject {
  if (result === undefined || result === null) return {};
  const parsed = jsonObject.safeParse(result);
  if (parsed.success) return parsed.data;
  throw new CodedError('driver.bad_output', `Driver "${name}" returned a result that is not a JSON object.`);
}

/** Everything that walks a value further on would run out of stack. */
export const tooDeep = (name: string): CodedError =>
  new CodedError(
    'driver.bad_output',
    `Driver "${name}" answered with JSON that is nested more than ${MAX_JSON_DEPTH} deep.`,
  );

/** Replies in the output, the last first. */
function candidates(text: string): readonly Reply[] {
  const whole = parse(text);
  if (whole !== null) return [whole];
  const found: Reply[] = [];
  for (const line of text.split('\n').reverse()) {
    const candidate = parse(line.trim());
    if (candidate !== null) found.push(candidate);
  }
  return found;
}

function parse(text: string): Reply | null {
  if (!text.startsWith('{') || nestsTooDeep(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    const parsed = reply.safeParse(value);
    // A JSON log line is an object too; a reply says how it went or what came of it.
    const says = parsed.success && (parsed.data.status != null || parsed.data.result != null);
    return says ? parsed.data : null;
  } catch {
    return null;
  }
}
