import type { ArtifactContent } from '#shared/contract/http.ts';
import type { Bytes } from '#shared/model/units.ts';

export type ArtifactView =
  | { readonly kind: 'text'; readonly text: string; readonly cut: boolean }
  /** An object URL; whoever shows it revokes it. */
  | { readonly kind: 'image'; readonly url: string }
  | { readonly kind: 'bytes' };

/** More of a text makes the page slow, and nobody reads it here. */
const MAX_TEXT: Bytes = 1024 * 1024;
/** Raster only: an SVG is a document of its own. */
const PICTURES: readonly (readonly [type: string, begins: readonly number[]])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', [0x52, 0x49, 0x46, 0x46]],
];

/** What a file is, by its bytes: what it says of itself may be wrong. JSON is indented. */
export async function viewOf({ content }: ArtifactContent): Promise<ArtifactView> {
  const head = new Uint8Array(await content.slice(0, 16).arrayBuffer());
  const picture = PICTURES.find(([, begins]) => begins.every((byte, i) => head[i] === byte));
  if (picture !== undefined)
    return { kind: 'image', url: URL.createObjectURL(content.slice(0, content.size, picture[0])) };
  const cut = content.size > MAX_TEXT;
  const bytes = new Uint8Array(await content.slice(0, MAX_TEXT).arrayBuffer());
  const text = textOf(bytes, cut);
  if (text === null) return { kind: 'bytes' };
  return { kind: 'text', text: cut ? text : indented(text), cut };
}

/** Null where it is no text. `cut`: its last character may be half. */
function textOf(bytes: Uint8Array, cut: boolean): string | null {
  if (bytes.includes(0)) return null;
  for (const end of cut ? [0, 1, 2, 3] : [0]) {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, bytes.length - end));
    } catch {
      // Half a character at the cut, or no text at all.
    }
  }
  return null;
}

function indented(text: string): string {
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
