import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
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

export interface WaterfallServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export interface ServedTraces {
  /** The trace of so many spans, encoded: what the page fetches when a row is activated. */
  readonly readTrace: (spans: number) => Promise<ArrayBuffer> | ArrayBuffer;
  /** Files below /speedscope/, and its profile. */
  readonly speedscope?: { readonly folder: string; readonly profile: () => string };
}

/** Builds the page as production does and serves it on loopback. */
export async function serveWaterfall(traces: ServedTraces): Promise<WaterfallServer> {
  const outDir = mkdtempSync(join(tmpdir(), 'waterfall-page-'));
  const here = fileURLToPath(new URL('.', import.meta.url));
  await build({
    configFile: false,
    root: here,
    logLevel: 'error',
    plugins: [react()],
    build: { outDir, emptyOutDir: true, rollupOptions: { input: join(here, 'waterfall-page.html') } },
  });
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/');
    try {
      if (path.startsWith('/trace/')) {
        response.setHeader('content-type', 'application/octet-stream');
        response.end(new Uint8Array(await traces.readTrace(Number(path.slice('/trace/'.length)))));
        return;
      }
      if (path === '/profile.speedscope.json' && traces.speedscope !== undefined) {
        response.setHeader('content-type', 'application/json');
        response.end(traces.speedscope.profile());
        return;
      }
      const inSpeedscope = path.startsWith('/speedscope/') && traces.speedscope !== undefined;
      const folder = inSpeedscope ? traces.speedscope.folder : outDir;
      const file = normalize(inSpeedscope ? path.slice('/speedscope/'.length) : path.slice(1));
      if (file.startsWith('..')) throw new Error('outside');
      const body = readFileSync(join(folder, file));
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
      response.end(body);
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
