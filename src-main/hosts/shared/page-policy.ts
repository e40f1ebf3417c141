/** Stands in the built index.html where each answer gets its own nonce. */
export const NONCE_PLACEHOLDER = 'runescope-nonce-placeholder';

export interface PagePolicy {
  /** Base64, new for every answer. */
  readonly nonce: string;
  /** Origins beside its own that the page may connect to. */
  readonly connect: readonly string[];
  /** Development only: the dev server's own inline scripts carry the nonce. */
  readonly inlineScripts?: boolean;
}

/** Nothing but our own files: no inline script, no eval, no frame, no outside host. Styles need the nonce (Mantine adds them at run time). */
export function contentSecurityPolicy({ nonce, connect, inlineScripts = false }: PagePolicy): string {
  return [
    "default-src 'none'",
    `script-src 'self'${inlineScripts ? ` 'nonce-${nonce}'` : ''}`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src ${["'self'", ...connect].join(' ')}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Sent with every answer, page or not. */
export const HARDENING_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), payment=()',
} as const;

export const withNonce = (html: string, nonce: string): string => html.replaceAll(NONCE_PLACEHOLDER, nonce);
