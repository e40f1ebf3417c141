import type { App, Session, WebContents } from 'electron';

/** Copying ids and figures is all the page may ask for beyond drawing itself. */
const ALLOWED_PERMISSIONS: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

const originOf = (url: string): string | null => {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    return null;
  }
};

/** Keeps every page, also one that should not exist, where it is: no navigation away, no window, no webview. */
export function denyNavigation(app: Pick<App, 'on'>, pageUrl: string): void {
  app.on('web-contents-created', (_event, contents: WebContents) => {
    const guard = (event: { preventDefault(): void; readonly url: string }): void => {
      if (event.url.split('#', 1)[0] !== pageUrl) event.preventDefault();
    };
    contents.on('will-navigate', guard);
    contents.on('will-redirect', guard);
    contents.on('will-frame-navigate', guard);
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}

/** Denies every permission but copying, and every device, to everybody but our page; and everything but copying to it. */
export function denyPermissions(session: Session, pageOrigin: string): void {
  const allowed = (permission: string, origin: string | null): boolean =>
    ALLOWED_PERMISSIONS.has(permission) && origin === pageOrigin;
  session.setPermissionRequestHandler((_contents, permission, answer, { requestingUrl }) =>
    answer(allowed(permission, originOf(requestingUrl))),
  );
  session.setPermissionCheckHandler((_contents, permission, requestingOrigin) =>
    allowed(permission, originOf(requestingOrigin)),
  );
  session.setDevicePermissionHandler(() => false);
}
