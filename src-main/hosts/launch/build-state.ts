import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a build is made of. Tests, and files that only other tools read, change nothing. */
const INPUTS = ['src-main', 'src-shared', 'src-renderer', 'electron.vite.config.ts', 'package-lock.json'];
const NOT_BUILT = /\.test(-d)?\.tsx?$/;
/** What a build must have left behind, beside its stamp. */
const OUTPUTS = ['main/web.js', 'main/electron.js', 'preload/preload.cjs', 'renderer/index.html'];

function* filesBelow(path: string): Generator<string> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile()) yield path;
  if (!stat?.isDirectory()) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) yield* filesBelow(inside);
    else if (!NOT_BUILT.test(entry.name)) yield inside;
  }
}

/** Names, sizes and times of every input: a few milliseconds, and a deleted file counts too. */
export function fingerprint(root: string): string {
  const hash = createHash('sha256');
  for (const input of INPUTS) {
    for (const path of [...filesBelow(join(root, input))].sort()) {
      const { size, mtimeMs } = statSync(path);
      hash.update(`${path.slice(root.length)} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

const stampPath = (root: string): string => join(root, 'out', '.built-from');

/** Whether out/ is there, whole, and made from the sources as they are. */
export function isBuilt(root: string): boolean {
  const stamp = stampPath(root);
  return (
    existsSync(stamp) &&
    OUTPUTS.every((path) => existsSync(join(root, 'out', path))) &&
    readFileSync(stamp, 'utf8') === fingerprint(root)
  );
}

export function markBuilt(root: string, builtFrom: string): void {
  mkdirSync(join(root, 'out'), { recursive: true });
  writeFileSync(stampPath(root), builtFrom);
}
