import { randomBytes } from 'node:crypto';
import type { Protocol } from 'electron';
import { createPageFiles } from '#hosts/shared/page-files.ts';
import { contentSecurityPolicy, HARDENING_HEADERS } from '#hosts/shared/page-policy.ts';

export const APP_SCHEME = 'app';
const APP_HOST = 'runescope';
/** The page's own origin: a scheme of ours, so that no file: URL is ever loaded. */
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;
export const APP_URL = `${APP_ORIGIN}/`;

/** Before the app is ready: gives our scheme an origin, so that the page's policy and storage work as on the web. */
export function registerAppScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the built page, and nothing else, under our scheme. */
export function serveAppPage(protocol: Pick<Protocol, 'handle'>, rendererDir: string): void {
  const files = createPageFiles(rendererDir);
  protocol.handle(APP_SCHEME, async ({ method, url }) => {
    const { host, pathname } = new URL(url);
    if (method !== 'GET' || host !== APP_HOST) return new Response('Not found', { status: 404 });
    const nonce = randomBytes(16).toString('base64');
    const isPage = pathname === '/';
    const file = isPage ? await files.page(nonce) : await files.read(pathname);
    if (file === null) return new Response('Not found', { status: 404, headers: HARDENING_HEADERS });
    return new Response(new Uint8Array(file.body), {
      headers: {
        ...HARDENING_HEADERS,
        'content-type': file.type,
        'cache-control': file.cacheControl,
        ...(isPage && { 'content-security-policy': contentSecurityPolicy({ nonce, connect: [] }) }),
      },
    });
  });
}
