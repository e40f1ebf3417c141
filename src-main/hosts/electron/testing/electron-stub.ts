import { EventEmitter } from 'node:events';

type Handler = (...args: never[]) => unknown;

/** What the shell did to the `electron` module, and ways to make Electron's events happen. */
export class StubWindow {
  static readonly made: StubWindow[] = [];
  static readonly fromWebContents = (contents: unknown): StubWindow | null =>
    StubWindow.made.find((window) => window.webContents === contents) ?? null;
  readonly options: Record<string, unknown>;
  readonly calls: string[] = [];
  readonly loaded: string[] = [];
  readonly sent: unknown[][] = [];
  readonly events = new EventEmitter();
  readonly webContents = {
    id: StubWindow.made.length + 1,
    send: (...args: unknown[]) => this.sent.push(args),
  };
  constructor(options: Record<string, unknown>) {
    this.options = options;
    StubWindow.made.push(this);
  }
  once(name: string, listener: Handler): void {
    this.events.once(name, listener as () => void);
  }
  async loadURL(url: string): Promise<void> {
    this.loaded.push(url);
  }
  show(): void {
    this.calls.push('show');
  }
  focus(): void {
    this.calls.push('focus');
  }
  restore(): void {
    this.calls.push('restore');
  }
  isMinimized(): boolean {
    return true;
  }
  isDestroyed(): boolean {
    return false;
  }
}

/** A fresh stub of the module; give its members to vi.mock('electron'). */
export function electronStub() {
  const ipcHandlers = new Map<string, Handler>();
  const record: Record<string, unknown[][]> = {};
  const note =
    (name: string, answer?: unknown) =>
    (...args: unknown[]): unknown => {
      record[name] = [...(record[name] ?? []), args];
      return answer;
    };
  const appEvents = new EventEmitter();
  const ipcEvents = new EventEmitter();
  const app = Object.assign(appEvents, {
    isPackaged: true,
    hasLock: true,
    setPath: note('setPath'),
    requestSingleInstanceLock: (): boolean => app.hasLock,
    setAsDefaultProtocolClient: note('setAsDefaultProtocolClient', true),
    whenReady: (): Promise<void> => Promise.resolve(),
    quit: note('quit'),
    exit: note('exit'),
  });
  return {
    record,
    ipcHandlers,
    app,
    BrowserWindow: StubWindow,
    ipcMain: Object.assign(ipcEvents, {
      handle: (channel: string, handler: Handler) => void ipcHandlers.set(channel, handler),
    }),
    dialog: {
      showOpenDialog: async () => ({ canceled: false, filePaths: ['/stores/jobs.db'] }),
      showErrorBox: note('showErrorBox'),
    },
    Menu: {
      setApplicationMenu: note('setApplicationMenu'),
      buildFromTemplate: (template: unknown) => template,
    },
    protocol: { registerSchemesAsPrivileged: note('registerSchemes'), handle: note('handle') },
    safeStorage: {
      isEncryptionAvailable: () => false,
      getSelectedStorageBackend: () => 'basic_text' as const,
      encryptString: (text: string) => Buffer.from(`sealed:${text}`),
      decryptString: (sealed: Buffer) => sealed.toString().slice('sealed:'.length),
    },
    session: {
      defaultSession: {
        setPermissionRequestHandler: note('setPermissionRequestHandler'),
        setPermissionCheckHandler: note('setPermissionCheckHandler'),
        setDevicePermissionHandler: note('setDevicePermissionHandler'),
      },
    },
    shell: {
      openExternal: note('openExternal', Promise.resolve()),
      openPath: note('openPath', Promise.resolve('')),
    },
  };
}

/** Electron's MessagePortMain over a port of Node. */
export function portMain(port: import('node:worker_threads').MessagePort) {
  const events = new EventEmitter();
  return Object.assign(events, {
    closed: false,
    start: () => {
      port.on('message', (data: unknown) => events.emit('message', { data }));
      port.on('close', () => events.emit('close'));
    },
    postMessage: (data: unknown) => port.postMessage(data),
    close(): void {
      this.closed = true;
      port.close();
    },
  });
}
