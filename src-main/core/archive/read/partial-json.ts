import { nestsTooDeep } from '#shared/lib/json-depth.ts';
import type { Json } from '#shared/model/job.ts';

export type Member = readonly [name: string, value: Json];

/** Each costs one try to parse what follows it. */
const MAX_TRIES = 20_000;

/** Top-level members of a JSON object that are whole in its first part. */
export function headMembers(text: string): readonly Member[] {
  const members: Member[] = [];
  let depth = 0;
  let inString = false;
  let from = -1;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
      continue;
    }
    if (char === '"') inString = true;
    else if (char === '{' || char === '[') {
      if (++depth === 1) {
        if (char !== '{') return [];
        from = i + 1;
      }
    } else if (char === '}' || char === ']' || char === ',') {
      if (depth === 1) {
        const member = parseObject(`{${text.slice(from, i)}}`);
        if (member === null) return members;
        members.push(...member);
        from = i + 1;
      }
      if (char !== ',' && --depth === 0) return members;
    }
  }
  return members;
}

/**
 * Top-level members of a JSON object that are whole in its last part: the longest end of it that is an object once a
 * brace stands before it. Where that is, is not known from the text itself, so each comma before a name is tried.
 */
export function tailMembers(text: string): readonly Member[] {
  const end = text.trimEnd();
  if (!end.endsWith('}')) return [];
  let tries = 0;
  for (const { index } of end.matchAll(/,\s*"/g)) {
    if (++tries > MAX_TRIES) return [];
    const members = parseObject(`{${end.slice(index + 1)}`);
    if (members !== null) return members;
  }
  return [];
}

function parseObject(text: string): readonly Member[] | null {
  try {
    const value = JSON.parse(text) as { readonly [name: string]: Json };
    return nestsTooDeep(text) ? null : Object.entries(value);
  } catch {
    return null;
  }
}
