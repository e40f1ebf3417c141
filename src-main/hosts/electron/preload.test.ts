import { beforeAll, describe, expect, it, vi } from 'vitest';

const ipc = vi.hoisted(() => ({
  posted: [] as unknown[][],
  exposed: new Map<string, Record<string, () => unknown>>(),
  listeners: new Map<string, (event: unknown, hash: string) => void>(),
}));
vi.mock('electron', () => ({
  contextBridge: {
    exposeInMainWorld: (name: string, api: Record<string, () => unknown>) => ipc.exposed.set(name, api),
  },
  ipcRenderer: {
    postMessage: (...args: unknown[]) => ipc.posted.push(args),
    invoke: async (channel: string) => `invoked ${channel}`,
    on: (channel: string, listener: (event: unknown, hash: string) => void) =>
      ipc.listeners.set(channel, listener),
  },
}));

type Listener = (event: { source: unknown; origin: string; data: unknown }) => void;
const page = {
  location: { origin: 'app://runescope', hash: '' },
  listeners: [] as Listener[],
  posted: [] as unknown[][],
  addEventListener: (_type: string, listener: Listener) => void page.listeners.push(listener),
  postMessage: (...args: unknown[]) => void page.posted.push(args),
};
const hear = (event: Parameters<Listener>[0]): void => {
  for (const listener of page.listeners) listener(event);
};

beforeAll(async () => {
  vi.stubGlobal('window', page);
  await import('./preload.ts');
});

describe('the preload script', () => {
  it('hands a port to its own page, and its other end to the main process', () => {
    hear({ source: page, origin: 'app://runescope', data: 'runescope:ready' });
    expect(page.posted).toEqual([['runescope:port', 'app://runescope', [expect.any(MessagePort)]]]);
    expect(ipc.posted).toEqual([['runescope:connect', null, [expect.any(MessagePort)]]]);
    for (const [, , ports] of [...page.posted, ...ipc.posted])
      for (const port of ports as MessagePort[]) port.close();
  });

  it('answers no other window, origin or message', () => {
    const before = page.posted.length;
    hear({ source: {}, origin: 'app://runescope', data: 'runescope:ready' });
    hear({ source: page, origin: 'https://evil.example', data: 'runescope:ready' });
    hear({ source: page, origin: 'app://runescope', data: 'ready' });
    expect(page.posted).toHaveLength(before);
  });

  it('gives the page one function and nothing of Electron', async () => {
    expect([...ipc.exposed.keys()]).toEqual(['runescopeDesktop']);
    const api = ipc.exposed.get('runescopeDesktop') ?? {};
    expect(Object.keys(api)).toEqual(['openStoreDialog']);
    expect(await api.openStoreDialog?.()).toBe('invoked runescope:open-dialog');
  });

  it('moves to the view that the main process names', () => {
    ipc.listeners.get('runescope:navigate')?.({}, '#/settings');
    expect(page.location.hash).toBe('#/settings');
  });
});
