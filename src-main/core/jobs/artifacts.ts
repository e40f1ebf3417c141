import { createHash, randomUUID } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, extname, isAbsolute, relative } from 'node:path';
import type { JsonObject } from '#shared/model/job.ts';
import type { Bytes } from '#shared/model/units.ts';

export interface StoredArtifact {
  readonly artifact_id: string;
  readonly kind: string;
  readonly name: string;
  readonly content: Buffer;
  readonly sha256: string;
}

const MAX_ARTIFACT: Bytes = 64 * 1024 * 1024;
const MAX_ARTIFACTS = 100;

/** RUNE's mapping from file extension to artifact kind (reference: job store §6). */
const KIND_OF: Readonly<Record<string, string>> = {
  '.png': 'screenshot',
  '.jpg': 'screenshot',
  '.jpeg': 'screenshot',
  '.gif': 'screenshot',
  '.webp': 'screenshot',
  '.json': 'sbom',
  '.txt': 'log',
  '.log': 'log',
};

/**
 * Takes the files an agent names in its artifacts and replaces each path by where the artifact is served. Only
 * regular files inside the run's own work directory are read (symbolic links resolved); any other path is replaced
 * by a refusal, so that an agent can neither exfiltrate a file nor leave a path of this machine in a result.
 */
export async function collectArtifacts(
  jobId: string,
  items: readonly JsonObject[],
  workDir: string,
): Promise<{ readonly items: readonly JsonObject[]; readonly stored: readonly StoredArtifact[] }> {
  const stored: StoredArtifact[] = [];
  const root = await realpath(workDir);
  const replaced: JsonObject[] = [];
  for (const item of items) {
    const entries: [string, JsonObject[string]][] = [];
    for (const [key, value] of Object.entries(item)) {
      if (typeof value !== 'string' || !isAbsolute(value)) {
        entries.push([key, value]);
        continue;
      }
      const artifact =
        stored.length < MAX_ARTIFACTS ? await takeFile(value, root) : 'there are too many artifacts';
      if (typeof artifact === 'string') {
        entries.push([key, `refused: ${artifact}`]);
        continue;
      }
      stored.push(artifact);
      entries.push([key, `/v1/runs/${jobId}/artifacts/${artifact.artifact_id}`]);
    }
    replaced.push(Object.fromEntries(entries));
  }
  return { items: replaced, stored };
}

async function takeFile(path: string, root: string): Promise<StoredArtifact | string> {
  let real: string;
  try {
    real = await realpath(path);
  } catch {
    return 'there is no such file';
  }
  const inside = relative(root, real);
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside))
    return "it lies outside the run's work directory";
  const info = await stat(real);
  if (!info.isFile()) return 'it is not a regular file';
  if (info.size > MAX_ARTIFACT) return `it is larger than ${MAX_ARTIFACT} bytes`;
  const content = await readFile(real);
  return {
    artifact_id: randomUUID(),
    kind: KIND_OF[extname(real).toLowerCase()] ?? 'rekor_entry',
    name: basename(real),
    content,
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}
