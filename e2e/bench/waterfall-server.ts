import { type PageServer, sendFile, serveBuilt } from './built-page.ts';

export interface ServedTraces {
  /** The trace of so many spans, encoded: what the page fetches when a row is activated. */
  readonly readTrace: (spans: number) => Promise<ArrayBuffer> | ArrayBuffer;
  /** Files below /speedscope/, and its profile. */
  readonly speedscope?: { readonly folder: string; readonly profile: () => string };
}

/** The waterfall's page with its traces, and the peer that it is measured against. */
export const serveWaterfall = (traces: ServedTraces): Promise<PageServer> =>
  serveBuilt('waterfall-page.html', async (path, response) => {
    if (path.startsWith('/trace/')) {
      response.setHeader('content-type', 'application/octet-stream');
      response.end(new Uint8Array(await traces.readTrace(Number(path.slice('/trace/'.length)))));
      return true;
    }
    const { speedscope } = traces;
    if (speedscope === undefined) return false;
    if (path === '/profile.speedscope.json') {
      response.setHeader('content-type', 'application/json');
      response.end(speedscope.profile());
      return true;
    }
    if (!path.startsWith('/speedscope/')) return false;
    sendFile(response, speedscope.folder, path.slice('/speedscope/'.length));
    return true;
  });
