import { openPortCarrier, openSocketCarrier } from './carriers.ts';
import { Connection } from './connection.ts';

/** What only a desktop has, as the preload script exposes it. */
export interface DesktopBridge {
  openStoreDialog(): Promise<string | null>;
}

declare global {
  interface Window {
    /** Present when a preload script announced itself: `true`, or the bridge. */
    readonly runescopeDesktop?: DesktopBridge | true;
  }
}

export const desktopBridge = (page: Window = window): DesktopBridge | null =>
  typeof page.runescopeDesktop === 'object' ? page.runescopeDesktop : null;

/** Decides once which transport this page uses: the preload's port where there is one, else /rpc of its own origin. */
export function connect(page: Window = window): Connection {
  if (page.runescopeDesktop !== undefined) return new Connection(() => openPortCarrier(page));
  const url = new URL('/rpc', page.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  return new Connection(() => openSocketCarrier(url.href));
}
