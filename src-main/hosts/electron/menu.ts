import type { MenuItemConstructorOptions } from 'electron';

export interface MenuActions {
  /** Shows a view by its hash. */
  readonly show: (hash: string) => void;
  readonly openStore: () => void;
  readonly openDataFolder: () => void;
}

const separator: MenuItemConstructorOptions = { type: 'separator' };

/** Every entry leads to something that the page can do too; the system's own roles do the rest. */
export function menuTemplate(
  { show, openStore, openDataFolder }: MenuActions,
  platform: NodeJS.Platform = process.platform,
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  const appMenu: MenuItemConstructorOptions[] = isMac ? [{ role: 'appMenu' }] : [];
  return [
    ...appMenu,
    {
      label: '&File',
      submenu: [
        { label: 'New job', accelerator: 'CmdOrCtrl+N', click: () => show('#/new') },
        { label: 'Open store...', accelerator: 'CmdOrCtrl+O', click: () => openStore() },
        { label: 'Show data folder', click: () => openDataFolder() },
        separator,
        { role: isMac ? 'close' : 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { label: 'Jobs', accelerator: 'CmdOrCtrl+1', click: () => show('#/s/own/jobs') },
        { label: 'Settings', accelerator: 'CmdOrCtrl+,', click: () => show('#/settings') },
        separator,
        { role: 'reload' },
        { role: 'toggleDevTools' },
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
  ];
}
