import { contextBridge, ipcRenderer } from 'electron';
import { CONNECT, NAVIGATE, OPEN_DIALOG, PORT, READY } from './channels.ts';

/** What of the page this script touches; the DOM's own types would reach every other host. */
interface Page {
  readonly location: { readonly origin: string; hash: string };
  addEventListener(type: 'message', listener: (event: PageMessage) => void): void;
  postMessage(message: string, origin: string, transfer: readonly object[]): void;
}
interface PageMessage {
  readonly source: unknown;
  readonly origin: string;
  readonly data: unknown;
}
declare const window: Page;

// Runs sandboxed beside the page. The page gets a port to the engine and one native dialog, no Electron API.

window.addEventListener('message', ({ source, origin, data }) => {
  if (source !== window || origin !== window.location.origin || data !== READY) return;
  const { port1, port2 } = new MessageChannel();
  ipcRenderer.postMessage(CONNECT, null, [port1]);
  window.postMessage(PORT, origin, [port2]);
});

contextBridge.exposeInMainWorld('runescopeDesktop', {
  openStoreDialog: (): Promise<string | null> => ipcRenderer.invoke(OPEN_DIALOG),
});

ipcRenderer.on(NAVIGATE, (_event, hash: string) => {
  window.location.hash = hash;
});
