import type { Page } from 'playwright';

export interface FakePreload {
  /** Messages that went through the page's port, either way. */
  pumped(): Promise<number>;
}

/**
 * Gives the page what Electron's preload script gives it: a port to the engine, here pumped to the web host's socket
 * (both carry the same bytes). The production page then takes its Electron path in a plain Chromium. Call it before
 * the page is loaded.
 */
export async function installFakePreload(page: Page, storePath: string | null = null): Promise<FakePreload> {
  await page.addInitScript((store) => {
    const counted = window as unknown as { pumped: number };
    counted.pumped = 0;
    Object.defineProperty(window, 'runescopeDesktop', { value: { openStoreDialog: async () => store } });
    window.addEventListener('message', (event) => {
      if (event.source !== window || event.data !== 'runescope:ready') return;
      const { port1, port2 } = new MessageChannel();
      const socket = new WebSocket(`ws://${window.location.host}/rpc`);
      socket.binaryType = 'arraybuffer';
      const waiting: (string | ArrayBuffer)[] = [];
      port1.onmessage = ({ data }) => {
        counted.pumped += 1;
        if (socket.readyState === WebSocket.CONNECTING) waiting.push(data);
        else socket.send(data);
      };
      socket.onopen = () => {
        for (const message of waiting.splice(0)) socket.send(message);
      };
      socket.onmessage = ({ data }) => {
        counted.pumped += 1;
        port1.postMessage(data);
      };
      socket.onclose = () => port1.close();
      window.postMessage('runescope:port', window.location.origin, [port2]);
    });
  }, storePath);
  return { pumped: () => page.evaluate(() => (window as unknown as { pumped: number }).pumped) };
}
