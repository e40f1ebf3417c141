import { parseSync, Visitor } from 'vite';

/**
 * Electron's own security checklist, as far as source text can show it. Rules of the kind "must be there" look at all
 * files together; the others at each place.
 */
export interface Finding {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
}

type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>;

/** webPreferences and window options that may have one value only. */
const FIXED: ReadonlyMap<string, boolean> = new Map(
  Object.entries({
    contextIsolation: true,
    sandbox: true,
    webSecurity: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
  }),
);
/** Options that no window here may have. */
const FORBIDDEN_OPTIONS = new Set([
  'enableBlinkFeatures',
  'enableRemoteModule',
  'additionalArguments',
  'bypassCSP',
  'allowServiceWorkers',
]);
/** Calls that open a hole whatever their arguments. */
const FORBIDDEN_CALLS = new Set([
  'executeJavaScript',
  'executeJavaScriptInIsolatedWorld',
  'insertCSS',
  'loadFile',
  'setCertificateVerifyProc',
  'disableHardwareSandbox',
  'registerFileProtocol',
  'interceptFileProtocol',
  'sendSync',
  'eval',
  'Function',
  'setImmediateScript',
]);
/** Command-line switches that switch protection off. */
const FORBIDDEN_TEXT =
  /no-sandbox|disable-web-security|ignore-certificate-errors|remote-debugging-port|allow-file-access|unsafe-eval|unsafe-inline|^file:|^http:\/\/(?!127\.0\.0\.1)/;
/** What the shell as a whole must do. */
const REQUIRED_CALLS = [
  'setPermissionRequestHandler',
  'setPermissionCheckHandler',
  'setDevicePermissionHandler',
  'setWindowOpenHandler',
  'requestSingleInstanceLock',
  'registerSchemesAsPrivileged',
  'contentSecurityPolicy',
  'isTrustedSender',
];
const REQUIRED_EVENTS = ['will-navigate', 'will-redirect', 'will-attach-webview', 'web-contents-created'];
/** The files that may name an API, because a test watches every use of it there. */
const ONLY_IN: ReadonlyMap<string, string> = new Map(
  Object.entries({
    openExternal: 'desktop.ts',
    openPath: 'desktop.ts',
    exposeInMainWorld: 'preload.ts',
  }),
);

const nameOf = (node: unknown): string | null => {
  const { type, name, value, property } = node as {
    type: string;
    name?: string;
    value?: unknown;
    property?: unknown;
  };
  if (type === 'Identifier') return name ?? null;
  if (type === 'Literal') return typeof value === 'string' ? value : null;
  return type === 'MemberExpression' ? nameOf(property) : null;
};

/** Every breach in the files of an Electron shell, given by name and text. */
export function findBreaches(files: Readonly<Record<string, string>>): Finding[] {
  const findings: Finding[] = [];
  const called = new Set<string>();
  const events = new Set<string>();
  const set = new Set<string>();
  for (const [file, text] of Object.entries(files)) {
    const report = (rule: string, node: Node): void => {
      findings.push({ rule, file, line: text.slice(0, node.start).split('\n').length });
    };
    const { program, errors } = parseSync(file, text);
    if (errors.length > 0) findings.push({ rule: 'cannot be parsed', file, line: 1 });
    const onCall = (node: Node): void => {
      const name = nameOf(node.callee);
      if (name === null) return;
      called.add(name);
      if (FORBIDDEN_CALLS.has(name)) report(`calls ${name}`, node);
      const home = ONLY_IN.get(name);
      if (home !== undefined && file !== home) report(`calls ${name} outside ${home}`, node);
      const [first, second] = node.arguments as readonly Node[];
      if (['on', 'once'].includes(name) && first !== undefined) events.add(nameOf(first) ?? '');
      const isIpc = nameOf((node.callee as { object?: unknown }).object ?? { type: '' }) === 'ipcMain';
      if (
        isIpc &&
        second !== undefined &&
        !text.slice(second.start, second.start + 400).includes('isTrustedSender')
      ) {
        report('takes a message without checking its sender', node);
      }
    };
    new Visitor({
      CallExpression: (node) => onCall(node as unknown as Node),
      NewExpression: (node) => onCall(node as unknown as Node),
      Property: (node) => {
        const name = nameOf(node.key) ?? '';
        const { value } = node.value as { value?: unknown };
        const place = node as unknown as Node;
        if (FORBIDDEN_OPTIONS.has(name)) report(`sets ${name}`, place);
        const wanted = FIXED.get(name);
        if (wanted === undefined) return;
        if (value === wanted) set.add(name);
        else report(`${name} is not ${wanted}`, place);
      },
      Literal: (node) => {
        if (typeof node.value === 'string' && FORBIDDEN_TEXT.test(node.value)) {
          report(`holds "${node.value}"`, node as unknown as Node);
        }
      },
      TemplateElement: (node) => {
        if (FORBIDDEN_TEXT.test(node.value.raw)) report(`holds "${node.value.raw}"`, node as unknown as Node);
      },
    }).visit(program);
  }
  const missing = [
    ...[...FIXED.keys()].filter((name) => !set.has(name)),
    ...REQUIRED_CALLS.filter((name) => !called.has(name)),
    ...REQUIRED_EVENTS.filter((name) => !events.has(name)),
  ];
  return [...findings, ...missing.map((name) => ({ rule: `${name} is missing`, file: '', line: 0 }))];
}
