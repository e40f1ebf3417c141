import type { ArchiveTargetInfo } from '#shared/model/archive.ts';

/** What was typed into the jump field: an id to look for, or a place that is known already. */
export type Jump =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'id'; readonly jobId: string }
  | { readonly kind: 'key'; readonly target: string; readonly key: string }
  | { readonly kind: 'elsewhere'; readonly message: string };

/** Reads a job id, a whole key, an s3:// URI or a file's path. */
export function readJump(
  typed: string,
  target: ArchiveTargetInfo,
  targets: readonly ArchiveTargetInfo[],
): Jump {
  const text = typed.trim();
  if (text === '') return { kind: 'nothing' };
  const uri = /^s3:\/\/([^/]+)\/(.+)$/s.exec(text);
  if (uri !== null) {
    const [, bucket = '', key = ''] = uri;
    const there = [target, ...targets].find((one) => bucketOf(one) === bucket);
    if (there !== undefined) return { kind: 'key', target: there.target, key };
    return {
      kind: 'elsewhere',
      message: `No archive is configured for the bucket ${bucket}. Add it in Settings, Archive.`,
    };
  }
  for (const one of [target, ...targets]) {
    const inside = one.kind === 'folder' ? below(folderOf(one), text) : null;
    if (inside !== null) return { kind: 'key', target: one.target, key: inside };
  }
  if (text.includes('/')) return { kind: 'key', target: target.target, key: text.replace(/^\/+/, '') };
  return { kind: 'id', jobId: text.replace(/\.json$/, '') };
}

/** `s3://bucket/key`, or the file's path. */
export function uriOf(target: ArchiveTargetInfo, key: string): string {
  const bucket = bucketOf(target);
  if (bucket !== null) return `s3://${bucket}/${key}`;
  return `${folderOf(target)}/${key}`;
}

/** The job's id as a key's last part has it; the key itself where it has none. */
export function nameOf(key: string): string {
  const last = key.split('/').at(-1) ?? key;
  return last === '' ? key : last.replace(/\.json$/, '');
}

const bucketOf = (target: ArchiveTargetInfo): string | null =>
  /^s3:\/\/([^/\s]+)/.exec(target.place)?.[1] ?? null;

/** What keys hang below: the place without the prefix it may end with, which keys begin with. */
function folderOf(target: ArchiveTargetInfo): string {
  const place = target.place.replace(/[\\/]+$/, '');
  const prefix = target.prefix.replace(/\/+$/, '');
  return prefix !== '' && place.endsWith(`/${prefix}`) ? place.slice(0, -prefix.length - 1) : place;
}

function below(folder: string, path: string): string | null {
  const [root, whole] = [folder.replaceAll('\\', '/'), path.replaceAll('\\', '/')];
  return root !== '' && whole.startsWith(`${root}/`) ? whole.slice(root.length + 1) : null;
}
