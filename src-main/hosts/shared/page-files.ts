import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { NONCE_PLACEHOLDER, withNonce } from './page-policy.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

export interface PageFile {
  readonly body: Buffer;
  readonly type: string;
  readonly cacheControl: string;
}

export interface PageFiles {
  /** By URL path as it stands in the request line; null when the build has no such file. */
  read(urlPath: string): Promise<PageFile | null>;
  /** The page itself, with this answer's nonce; null when nothing was built. */
  page(nonce: string): Promise<PageFile | null>;
}

/**
 * The files of the built page. Only what a listing of the folder named can be asked for, so no path, however it is
 * spelled, leads out of it.
 */
export function createPageFiles(folder: string): PageFiles {
  const list = (): ReadonlySet<string> => {
    try {
      const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
      return new Set(
        entries
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
          .map((path) => path.replaceAll(sep, '/')),
      );
    } catch {
      return new Set();
    }
  };
  let known = list();
  return {
    read: async (urlPath) => {
      if (!known.has(urlPath) || urlPath === '/index.html') return null;
      return {
        body: await readFile(join(folder, urlPath)),
        type: TYPES[extname(urlPath)] ?? 'application/octet-stream',
        // The build puts a hash of the content into every name below assets/.
        cacheControl: urlPath.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-cache',
      };
    },
    page: async (nonce) => {
      // A rebuild while we run renames the assets.
      known = list();
      if (!known.has('/index.html')) return null;
      const html = await readFile(join(folder, 'index.html'), 'utf8');
      if (!html.includes(NONCE_PLACEHOLDER)) throw new Error('The built page has no place for its nonce.');
      return {
        body: Buffer.from(withNonce(html, nonce)),
        type: 'text/html; charset=utf-8',
        cacheControl: 'no-store',
      };
    },
  };
}
