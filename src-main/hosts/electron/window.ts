import type { BrowserWindow, BrowserWindowConstructorOptions } from 'electron';

/** A page that knows nothing of Node or Electron, in a process that the operating system confines. */
export const windowOptions = (preload: string, icon: string): BrowserWindowConstructorOptions => ({
  width: 1440,
  height: 900,
  minWidth: 880,
  minHeight: 560,
  title: 'Runescope',
  icon,
  show: false,
  backgroundColor: '#101214',
  webPreferences: {
    preload,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    spellcheck: false,
    navigateOnDragDrop: false,
    disableDialogs: true,
  },
});

export interface OpenWindow {
  readonly preload: string;
  readonly icon: string;
  readonly pageUrl: string;
}

/** Opens the page and shows the window once it has painted. */
export function openWindow(
  Window: new (options: BrowserWindowConstructorOptions) => BrowserWindow,
  { preload, icon, pageUrl }: OpenWindow,
): BrowserWindow {
  const window = new Window(windowOptions(preload, icon));
  window.once('ready-to-show', () => window.show());
  void window.loadURL(pageUrl);
  return window;
}

export function bringToFront(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
