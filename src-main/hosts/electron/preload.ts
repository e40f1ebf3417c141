import { contextBridge, ipcRenderer } from 'electron';
import { CONNECT, NAVIGATE, OPEN_DIALOG, PORT, READY } from './channels.ts';

// Runs sandboxed beside the page. The page gets a port to the engine and one native dialog, no Electron API.

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  if (event.source !== window || event.origin !== window.location.origin || event.data !== READY) return;
  const { port1, port2 } = new MessageChannel();
  ipcRenderer.postMessage(CONNECT, null, [port1]);
  window.postMessage(PORT, window.location.origin, [port2]);
});

contextBridge.exposeInMainWorld('runescopeDesktop', {
  openStoreDialog: (): Promise<string | null> => ipcRenderer.invoke(OPEN_DIALOG),
});

ipcRenderer.on(NAVIGATE, (_event, hash: string) => {
  window.location.hash = hash;
});
