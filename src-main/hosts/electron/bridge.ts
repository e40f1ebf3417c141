import { onError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import type { BrowserWindow, IpcMain, IpcMainEvent, IpcMainInvokeEvent, MessagePortMain } from 'electron';
import type { Engine } from '#core/engine.ts';
import type { Logger } from '#core/ports/ports.ts';
import { toFailure } from '#shared/model/failure.ts';
import { CONNECT, OPEN_DIALOG } from './channels.ts';
import { isTrustedSender } from './trusted-sender.ts';

export interface BridgeOptions {
  readonly ipcMain: Pick<IpcMain, 'on' | 'handle'>;
  readonly engine: Pick<Engine, 'router'>;
  readonly logger: Logger;
  readonly pageOrigin: string;
  /** The native dialog for a job store; null when it was dismissed. */
  readonly pickStore: (sender: IpcMainInvokeEvent['sender']) => Promise<string | null>;
}

/** Serves the contract over the port that our page's preload hands in, one port a page, and the open dialog. */
export function serveBridge({ ipcMain, engine, logger, pageOrigin, pickStore }: BridgeOptions): void {
  const handler = new RPCHandler(engine.router, {
    interceptors: [
      onError((thrown) => {
        if ((thrown as { code?: unknown }).code === 'FAILED') return;
        logger.log({ level: 'warn', event: 'rpc.failed', message: toFailure(thrown).message });
      }),
    ],
  });
  const ports = new Map<number, MessagePortMain>();
  const refuse = (channel: string): void =>
    logger.log({ level: 'error', event: 'ipc.untrusted', message: `${channel} came from another page` });

  ipcMain.on(CONNECT, (event: IpcMainEvent) => {
    const [port] = event.ports;
    if (!isTrustedSender(event, pageOrigin) || port === undefined) {
      for (const each of event.ports) each.close();
      refuse(CONNECT);
      return;
    }
    const { id } = event.sender;
    // A page that loads again has let go of its earlier port.
    ports.get(id)?.close();
    ports.set(id, port);
    handler.upgrade(port, { context: {} });
    port.start();
  });
  ipcMain.handle(OPEN_DIALOG, (event: IpcMainInvokeEvent) => {
    if (isTrustedSender(event, pageOrigin)) return pickStore(event.sender);
    refuse(OPEN_DIALOG);
    throw new Error('Only the app itself may ask.');
  });
}

export interface StoreDialog {
  showOpenDialog(
    window: BrowserWindow,
    options: { title: string; properties: 'openFile'[]; filters: { name: string; extensions: string[] }[] },
  ): Promise<{ canceled: boolean; filePaths: string[] }>;
}

export async function pickStoreWith(
  dialog: StoreDialog,
  window: BrowserWindow | null,
): Promise<string | null> {
  if (window === null) return null;
  const { canceled, filePaths } = await dialog.showOpenDialog(window, {
    title: 'Open a RUNE job store or a trace file',
    properties: ['openFile'],
    filters: [
      { name: 'Job stores and traces', extensions: ['db', 'sqlite', 'sqlite3', 'json', 'jsonl', 'gz'] },
      { name: 'All files', extensions: ['*'] },
    ],
  });
  return canceled ? null : (filePaths[0] ?? null);
}
