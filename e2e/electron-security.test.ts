import { describe, expect, it } from 'vitest';
import { findBreaches } from './support/electron-security/rules.ts';
import { shellFiles } from './support/electron-security/shell-files.ts';

/** The rules that a change to one file of our shell breaks. */
function breaks(file: string, change: (text: string) => string): string[] {
  const files = shellFiles();
  const before = files[file] ?? '';
  const after = change(before);
  expect(after).not.toBe(before);
  return findBreaches({ ...files, [file]: after }).map(({ rule }) => rule);
}
const adding = (code: string): string[] => breaks('desktop.ts', (text) => `${text}\n${code}\n`);

describe('the static check of the Electron shell', () => {
  it('finds nothing in our shell', () => {
    const files = shellFiles();
    expect(Object.keys(files).length).toBeGreaterThan(8);
    expect(findBreaches(files)).toEqual([]);
  });

  it('finds every window option turned the wrong way or left out', () => {
    for (const [option, good] of [
      ['contextIsolation', true],
      ['sandbox', true],
      ['webSecurity', true],
      ['nodeIntegration', false],
      ['webviewTag', false],
    ] as const) {
      const flipped = breaks('window.ts', (text) =>
        text.replace(`${option}: ${good}`, `${option}: ${!good}`),
      );
      expect(flipped).toContain(`${option} is not ${good}`);
      const gone = breaks('window.ts', (text) => text.replace(`${option}: ${good},`, ''));
      expect(gone).toEqual([`${option} is missing`]);
      const computed = breaks('window.ts', (text) => text.replace(`${option}: ${good}`, `${option}: isDev`));
      expect(computed).toContain(`${option} is not ${good}`);
    }
  });

  it('finds a guard that was taken away', () => {
    expect(breaks('lockdown.ts', (text) => text.replace("'will-navigate'", "'did-navigate'"))).toEqual([
      'will-navigate is missing',
    ]);
    expect(breaks('lockdown.ts', (text) => text.replace('setWindowOpenHandler', 'setNothing'))).toEqual([
      'setWindowOpenHandler is missing',
    ]);
    expect(
      breaks('bridge.ts', (text) => text.replaceAll('isTrustedSender(event, pageOrigin)', 'true')),
    ).toEqual([
      'takes a message without checking its sender',
      'takes a message without checking its sender',
      'isTrustedSender is missing',
    ]);
  });

  it('finds a hole that was added, with its line', () => {
    expect(adding("window.webContents.executeJavaScript('1');")).toEqual(['calls executeJavaScript']);
    expect(adding("app.commandLine.appendSwitch('no-sandbox');")).toEqual(['holds "no-sandbox"']);
    expect(adding("window.loadURL('http://example.com');")).toEqual(['holds "http://example.com"']);
    expect(adding('const csp = `script-src unsafe-inline`;')).toHaveLength(1);
    expect(adding("ipcMain.handle('x', () => shell.openPath(path));")).toEqual([
      'takes a message without checking its sender',
    ]);
    expect(breaks('window.ts', (text) => `${text}\nshell.openExternal(url);`)).toEqual([
      'calls openExternal outside desktop.ts',
    ]);
    expect(findBreaches({ ...shellFiles(), 'new.ts': "\n\neval('1');" })).toEqual([
      { rule: 'calls eval', file: 'new.ts', line: 3 },
    ]);
  });
});
