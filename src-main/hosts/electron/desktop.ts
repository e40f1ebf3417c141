import { join } from 'node:path';
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, safeStorage, session, shell } from 'electron';
import { createEngine, type Engine } from '#core/engine.ts';
import { readOwner } from '#core/store/ownership.ts';
import { askOwnerToShow } from '#hosts/local/connect.ts';
import { serveLocal } from '#hosts/local/serve.ts';
import { appRoot, rendererDir } from '#hosts/shared/app-root.ts';
import { startHttpParts } from '#hosts/shared/http-parts.ts';
import { createLogger } from '#hosts/shared/logger.ts';
import { createPorts } from '#hosts/shared/ports.ts';
import { CodedError, toFailure } from '#shared/model/failure.ts';
import { registerAppScheme, serveAppPage } from './app-page.ts';
import { pickStoreWith, serveBridge } from './bridge.ts';
import { NAVIGATE } from './channels.ts';
import { hashOfLink, LINK_SCHEME, linkAmong } from './deep-link.ts';
import { electronKeychain } from './keychain.ts';
import { denyNavigation, denyPermissions } from './lockdown.ts';
import { menuTemplate } from './menu.ts';
import { type DesktopSettings, desktopSettings } from './settings.ts';
import { bringToFront, openWindow } from './window.ts';

/** The desktop app: claims its data directory, then opens its one window. */
export function startDesktop(): void {
  const argv = process.argv.slice(app.isPackaged ? 1 : 2);
  const settings = desktopSettings(argv, process.env.ELECTRON_RENDERER_URL);
  // One instance a data directory: Electron's lock lies in this folder.
  app.setPath('userData', join(settings.dataDir, 'desktop'));
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  registerAppScheme(protocol);
  denyNavigation(app, settings.pageUrl);
  registerLinks();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit());
  // The launcher that started us is gone.
  process.on('disconnect', () => app.quit());
  let firstView = linkAmong(argv);
  app.on('open-url', (event, link) => {
    event.preventDefault();
    firstView = hashOfLink(link);
  });
  // Not awaited at the top level: there, an ES module main never becomes ready.
  app
    .whenReady()
    .then(() => runDesktop(settings, () => firstView))
    .catch((thrown: unknown) => {
      dialog.showErrorBox('Runescope cannot start', toFailure(thrown).message);
      app.exit(1);
    });
}

function registerLinks(): void {
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
  else app.setAsDefaultProtocolClient(LINK_SCHEME, process.execPath, [appRoot]);
}

async function runDesktop(settings: DesktopSettings, firstView: () => string | null): Promise<void> {
  const { dataDir, pageUrl, pageOrigin } = settings;
  let listens = (): boolean => false;
  const host = createPorts({
    hostKind: 'electron',
    dataDir,
    logger: createLogger(process.env, { least: () => (listens() ? 'info' : 'warn') }),
    keychain: electronKeychain(safeStorage),
    nativeOpenDialog: true,
  });
  const engine = await createEngine(host, { mode: 'own' }).catch(async (thrown: unknown) => {
    if (!(thrown instanceof CodedError) || thrown.code !== 'engine.already_running') throw thrown;
    await showOther(dataDir, thrown);
    return null;
  });
  if (engine === null) {
    app.quit();
    return;
  }
  const { ports } = engine;
  listens = () => engine.http.settings().api.enabled || engine.http.settings().otlp_in.enabled;
  denyPermissions(session.defaultSession, pageOrigin);
  serveAppPage(protocol, rendererDir);
  let window: BrowserWindow | null = null;
  const show = (hash: string | null): void => {
    if (window === null || window.isDestroyed()) {
      window = openWindow(BrowserWindow, { ...settings, pageUrl: `${pageUrl}${hash ?? ''}` });
      return;
    }
    if (hash !== null) window.webContents.send(NAVIGATE, hash);
    bringToFront(window);
  };
  serveBridge({
    ipcMain,
    engine,
    logger: ports.logger,
    pageOrigin,
    pickStore: (sender) => pickStoreWith(dialog, BrowserWindow.fromWebContents(sender)),
  });
  const local = await serveLocal(engine, dataDir, {
    logger: ports.logger,
    show: async () => {
      show(null);
      return null;
    },
  });
  engine.announce(local.address);
  const http = await startHttpParts(engine, ports);
  closeInOrder(async () => {
    await http.close();
    await local.close();
    await engine.dispose();
  });
  Menu.setApplicationMenu(
    Menu.buildFromTemplate(
      menuTemplate({
        show,
        openStore: () => void openStore(engine, window, show),
        openDataFolder: () => void shell.openPath(dataDir),
      }),
    ),
  );
  app.on('second-instance', (_event, argv) => show(linkAmong(argv)));
  app.on('open-url', (_event, link) => show(hashOfLink(link)));
  app.on('activate', () => show(null));
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  show(firstView());
}

/** Another host serves this data directory: its page opens in the browser, or its own window comes to the front. */
async function showOther(dataDir: string, reason: CodedError): Promise<void> {
  const address = readOwner(dataDir)?.address ?? null;
  if (address === null) throw reason;
  const url = await askOwnerToShow(address);
  if (url === null) return;
  if (!url.startsWith('http://127.0.0.1:')) throw reason;
  await shell.openExternal(url);
}

async function openStore(
  engine: Engine,
  window: BrowserWindow | null,
  show: (hash: string) => void,
): Promise<void> {
  const path = await pickStoreWith(dialog, window);
  if (path === null) return;
  try {
    const { source } = await engine.client.sources.open({ path });
    show(`#/s/${encodeURIComponent(source)}/jobs`);
  } catch (thrown) {
    const { data } = thrown as { data?: { message?: string } };
    dialog.showErrorBox('The store cannot be opened', data?.message ?? toFailure(thrown).message);
  }
}

/** Jobs end as interrupted, everything is flushed and the data directory is free before the process goes. */
function closeInOrder(close: () => Promise<void>): void {
  let closing = false;
  app.on('will-quit', (event) => {
    event.preventDefault();
    if (closing) return;
    closing = true;
    close().then(
      () => app.exit(0),
      () => app.exit(1),
    );
  });
}
