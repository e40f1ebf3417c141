import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};

export interface PageServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Answers with a file's bytes, by its name's ending. */
export function sendFile(response: ServerResponse, folder: string, path: string): void {
  const file = normalize(path);
  if (file.startsWith('..')) throw new Error('outside');
  const body = readFileSync(join(folder, file));
  response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
  response.end(body);
}

/** Builds a page of this folder as production does and serves it on loopback; `more` answers paths that are no file of it. */
export async function serveBuilt(
  page: string,
  more: (path: string, response: ServerResponse) => Promise<boolean> = async () => false,
): Promise<PageServer> {
  const outDir = mkdtempSync(join(tmpdir(), 'bench-page-'));
  const here = fileURLToPath(new URL('.', import.meta.url));
  await build({
    configFile: false,
    root: here,
    logLevel: 'error',
    plugins: [react()],
    build: { outDir, emptyOutDir: true, rollupOptions: { input: join(here, page) } },
  });
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/');
    try {
      if (!(await more(path, response))) sendFile(response, outDir, path.slice(1));
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}
