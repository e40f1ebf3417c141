import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createPageFiles } from '#hosts/shared/page-files.ts';
import { contentSecurityPolicy, withNonce } from '#hosts/shared/page-policy.ts';
import type { Refusal } from './guards.ts';

/** Serves one GET or HEAD of somebody who is let in; a refusal when there is no such thing. */
export type ServePage = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
) => Promise<Refusal | null>;

const NOT_FOUND: Refusal = { status: 404, message: 'There is nothing at this address.' };

/** Browsers that do not count a WebSocket as 'self' need it named. */
const socketOrigin = (request: IncomingMessage): string => `ws://${request.headers.host ?? ''}`;

/** The page as it was built. Views are behind the hash, so there is one page. */
export function serveBuilt(rendererDir: string): ServePage {
  const files = createPageFiles(rendererDir);
  return async (request, response, path) => {
    const nonce = randomBytes(16).toString('base64');
    const isPage = path === '/';
    const file = isPage ? await files.page(nonce) : await files.read(path);
    if (file === null) {
      return isPage ? { status: 503, message: 'The page was not built: run npm run build.' } : NOT_FOUND;
    }
    response.writeHead(200, {
      'content-type': file.type,
      'content-length': file.body.byteLength,
      'cache-control': file.cacheControl,
      ...(isPage && {
        'content-security-policy': contentSecurityPolicy({ nonce, connect: [socketOrigin(request)] }),
      }),
    });
    response.end(request.method === 'HEAD' ? undefined : file.body);
    return null;
  };
}

/** The page as the dev server makes it, under our origin; only its reload socket is reached directly. */
export function serveFromDevServer(devUrl: string): ServePage {
  const reload = `ws://${new URL(devUrl).host}`;
  return async (request, response) => {
    const nonce = randomBytes(16).toString('base64');
    let answer: Response;
    try {
      answer = await fetch(new URL(request.url ?? '/', devUrl), {
        headers: { accept: request.headers.accept ?? '*/*' },
        redirect: 'manual',
      });
    } catch {
      return { status: 502, message: 'The dev server does not answer.' };
    }
    const type = answer.headers.get('content-type') ?? 'application/octet-stream';
    const body = Buffer.from(await answer.arrayBuffer());
    const isPage = type.startsWith('text/html');
    response.writeHead(answer.status, {
      'content-type': type,
      'cache-control': 'no-store',
      ...(isPage && {
        'content-security-policy': contentSecurityPolicy({
          nonce,
          connect: [socketOrigin(request), reload],
          inlineScripts: true,
        }),
      }),
    });
    response.end(isPage ? withNonce(body.toString(), nonce) : body);
    return null;
  };
}
