import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'vite';
import { describe, expect, it } from 'vitest';

/**
 * The import law. A file belongs to the layer with the longest matching path; a layer imports itself and what its
 * row names, nothing else. Tests and core/testing may import from anywhere; every other rule holds for them too.
 */
const SHARED = ['shared/lib', 'shared/model', 'shared/contract'];
const GROUND = [...SHARED, 'core/ports', 'core/telemetry', 'core/store'];
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'shared/lib': [],
  'shared/model': ['shared/lib'],
  'shared/contract': ['shared/lib', 'shared/model'],

  'core/ports': SHARED,
  'core/telemetry': [...SHARED, 'core/ports', 'core/store'],
  'core/store': [...SHARED, 'core/ports', 'core/telemetry'],
  'core/settings': GROUND,
  'core/logs': GROUND,
  'core/vastai': GROUND,
  'core/drivers': GROUND,
  'core/backends': GROUND,
  'core/archive': GROUND,
  'core/compare': GROUND,
  'core/sources': [...GROUND, 'core/archive'],
  'core/providers': [...GROUND, 'core/backends', 'core/vastai'],
  'core/agents': [...GROUND, 'core/drivers', 'core/backends'],
  'core/costs': [...GROUND, 'core/vastai', 'resources'],
  'core/offers': [...GROUND, 'core/vastai', 'core/costs'],
  'core/jobs': [...GROUND, 'core/agents', 'core/backends', 'core/providers', 'core/costs'],
  'core/http': GROUND,
  'core/retention': GROUND,
  'core/testing': ['*'],
  'core/engine': [...SHARED, 'core/*'],

  'hosts/shared': [...SHARED, 'core/*'],
  'hosts/local': [...SHARED, 'core/*', 'hosts/shared'],
  'hosts/web': [...SHARED, 'core/*', 'hosts/shared', 'hosts/local'],
  'hosts/cli': [...SHARED, 'core/*', 'hosts/shared', 'hosts/local', 'hosts/web', 'hosts/launch'],
  'hosts/electron': [...SHARED, 'core/*', 'hosts/shared', 'hosts/local', 'hosts/web'],
  'hosts/launch': [...SHARED, 'core/*', 'hosts/*'],

  'renderer/client': SHARED,
  'renderer/styles': [],
  'renderer/widgets': [...SHARED, 'renderer/styles'],
  'renderer/charts': [...SHARED, 'renderer/styles'],
  'renderer/job-view': [
    ...SHARED,
    'renderer/client',
    'renderer/widgets',
    'renderer/charts',
    'renderer/styles',
  ],
  'renderer/features/*': [
    ...SHARED,
    'renderer/client',
    'renderer/widgets',
    'renderer/charts',
    'renderer/styles',
    'renderer/job-view',
  ],
  'renderer/gallery': [...SHARED, 'renderer/*'],
  'renderer/app': [...SHARED, 'renderer/*'],
};

/** Packages by layer: the first row whose pattern matches decides. A new dependency is a line here. */
const PACKAGES: readonly (readonly [layer: RegExp, allowed: RegExp])[] = [
  [/^shared\/(lib|model)$/, /^zod$/],
  [/^shared\/contract$/, /^(zod|@orpc\/contract)$/],
  [/^core\/testing$/, /./],
  [
    /^core\//,
    /^(node:.+|zod|better-sqlite3|@orpc\/.+|@aws-sdk\/(client-s3|s3-request-presigner|client-bedrock|client-bedrock-runtime|client-pricing)|@smithy\/node-http-handler|@streamparser\/json|fflate|p-queue|eventsource-parser|canonicalize|shlex|@bufbuild\/protobuf\/wire|prom-client)$/,
  ],
  [/^hosts\/electron$/, /^(node:.+|electron|zod|ws|@orpc\/.+)$/],
  [/^hosts\/cli$/, /^(node:.+|commander|yaml|zod|@orpc\/.+)$/],
  [/^hosts\/shared$/, /^(node:.+|zod|ws|pino|@orpc\/.+)$/],
  [/^hosts\//, /^(node:.+|zod|ws|@orpc\/.+)$/],
  [/^renderer\/charts$/, /^(recharts|react|react-dom|@mantine\/.+)(\/.+)?$/],
  [/^renderer\//, /^(react|react-dom|@mantine\/.+|@tanstack\/.+|@orpc\/.+|wouter|zod|yaml)(\/.+)?$/],
];
const MAX_LINES = 500;

interface Source {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}
interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

const isTest = (path: string): boolean => /\.test(-d)?\.tsx?$/.test(path);
const matches = (pattern: string, layer: string): boolean =>
  pattern === '*' || pattern === layer || (pattern.endsWith('/*') && layer.startsWith(pattern.slice(0, -1)));

/** The layer of a path such as src-main/core/jobs/queue.ts, null where the layout has none. */
function layerOf(path: string): string | null {
  const inside = path.replace(/^src-main\//, '').replace(/^src-(shared|renderer)\//, '$1/');
  const folder = dirname(inside);
  if (folder === 'core') return 'core/engine';
  if (folder === 'resources') return folder;
  if (folder === 'renderer') return 'renderer/app';
  const feature = /^renderer\/features\/[^/]+/.exec(inside);
  if (feature !== null) return feature[0];
  const layer = inside.split('/').slice(0, 2).join('/');
  return layer in LAYERS ? layer : null;
}

const rowOf = (layer: string): readonly string[] =>
  LAYERS[layer] ?? (layer.startsWith('renderer/features/') ? (LAYERS['renderer/features/*'] ?? []) : []);

const ALIASES: Readonly<Record<string, string>> = {
  '#core/': 'src-main/core/',
  '#hosts/': 'src-main/hosts/',
  '#shared/': 'src-shared/',
  '#renderer/': 'src-renderer/',
  '#resources/': 'resources/',
};

/** Path in the repository of an import, or null for a package. */
function resolveImport(from: string, target: string): string | null {
  if (target.startsWith('.')) return join(dirname(from), target).replaceAll('\\', '/');
  const alias = Object.keys(ALIASES).find((start) => target.startsWith(start));
  return alias === undefined ? null : (ALIASES[alias] ?? '') + target.slice(alias.length);
}

function edgeProblem(from: string, { target, typeOnly }: Import): string | null {
  const layer = layerOf(from);
  if (/^\.\.\/\.\.\//.test(target))
    return `imports ${target}: climb with #core, #hosts, #shared or #renderer`;
  const path = resolveImport(from, target);
  if (/^electron(\/|$)/.test(target) && layer !== 'hosts/electron')
    return `imports ${target}: only src-main/hosts/electron may`;
  if (layer === null) return `lies in no layer of the law: add its folder to LAYERS`;
  if (isTest(from)) return null;
  if (path === null) {
    const allowed = PACKAGES.find(([pattern]) => pattern.test(layer))?.[1];
    return allowed?.test(target) ? null : `imports the package ${target}, which ${layer} may not`;
  }
  if (isTest(path) || (layerOf(path) === 'core/testing' && layer !== 'core/testing'))
    return `imports ${path}: a test's helper`;
  if (layer.startsWith('renderer/') && path === 'src-shared/contract/contract.ts' && !typeOnly)
    return `imports the contract's schemas: use import type, they weigh 27 kB in the page`;
  const to = layerOf(path);
  if (to === layer || (to !== null && rowOf(layer).some((pattern) => matches(pattern, to)))) return null;
  return `imports ${path}: ${layer} may not import ${to ?? 'that'}`;
}

/** Every broken rule in one file, as sentences that name it. */
function problemsOf({ path, text }: Source): string[] {
  const problems: string[] = [];
  const { module, program, errors } = parseSync(path, text);
  if (errors.length > 0) return [`${path} does not parse: ${errors[0]?.message}`];
  const imports: Import[] = module.staticImports.map(({ moduleRequest, entries }) => ({
    target: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
  }));
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType, exportName } of entries) {
      if (moduleRequest !== null) imports.push({ target: moduleRequest.value, typeOnly: isType });
      if (exportName.kind === 'Default') problems.push(`${path} has a default export`);
    }
  }
  const inCore = /^src-main\/core\/(?!testing\/)/.test(path) && !isTest(path);
  new Visitor({
    ImportExpression: ({ source }) => {
      if (source.type === 'Literal') imports.push({ target: String(source.value), typeOnly: false });
    },
    TSImportType: ({ source }) => {
      imports.push({ target: String(source.value), typeOnly: true });
    },
    Identifier: ({ name }) => {
      if (inCore && name === 'console') problems.push(`${path} uses console: log through the Logger port`);
    },
    MemberExpression: ({ object, property }) => {
      const isEnv = property.type === 'Identifier' && property.name === 'env';
      if (inCore && isEnv && object.type === 'Identifier' && object.name === 'process')
        problems.push(`${path} uses process.env: take the Env port`);
    },
  }).visit(program);
  for (const edge of imports) {
    const problem = edgeProblem(path, edge);
    if (problem !== null) problems.push(`${path} ${problem}`);
    if (inCore && edge.target === 'node:process')
      problems.push(`${path} imports node:process: take the Env port`);
  }
  const lines = text.split('\n').length - 1;
  if (lines > MAX_LINES) problems.push(`${path} has ${lines} lines, over ${MAX_LINES}`);
  return [...new Set(problems)];
}

const root = fileURLToPath(new URL('../', import.meta.url));
function sources(folder: string): Source[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => {
      const absolute = join(entry.parentPath, entry.name);
      return { path: relative(root, absolute).replaceAll('\\', '/'), text: readFileSync(absolute, 'utf8') };
    });
}

describe('the import law', () => {
  it('holds in every source file', () => {
    const files = ['src-shared', 'src-main', 'src-renderer']
      .flatMap(sources)
      .filter(({ path }) => path !== 'src-main/architecture.test.ts');
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap(problemsOf)).toEqual([]);
  });

  const at = (path: string, text: string): string[] => problemsOf({ path, text });

  it.each([
    [
      'src-main/core/jobs/a.ts',
      "import { x } from '#core/archive/y.ts';",
      'core/jobs may not import core/archive',
    ],
    ['src-main/core/jobs/a.ts', "export * from '../archive/y.ts';", 'core/jobs may not import core/archive'],
    [
      'src-main/core/jobs/a.ts',
      "const y = await import('#hosts/web/server.ts');",
      'may not import hosts/web',
    ],
    ['src-main/core/jobs/a.ts', "type Y = import('#core/archive/y.ts').Y;", 'may not import core/archive'],
    ['src-main/core/jobs/a.ts', "import type { App } from 'electron';", 'only src-main/hosts/electron'],
    ['src-main/core/jobs/a.ts', "import { x } from 'lodash';", 'the package lodash'],
    ['src-main/core/jobs/a.ts', "import { x } from '#core/testing/fake-clock.ts';", "a test's helper"],
    ['src-main/core/jobs/a.ts', 'export const x = process.env.HOME;', 'process.env'],
    ['src-main/core/jobs/a.ts', "export const x = () => console.log('x');", 'console'],
    ['src-main/core/unheard/a.ts', "import { x } from 'zod';", 'no layer'],
    ['src-main/core/jobs/kinds/a.test.ts', "import { x } from '../../agents/y.ts';", 'climb with'],
    ['src-shared/model/a.ts', "import { x } from '../contract/y.ts';", 'may not import shared/contract'],
    ['src-shared/model/a.ts', "import { x } from 'node:fs';", 'the package node:fs'],
    [
      'src-renderer/features/jobs/a.tsx',
      "import { x } from '#renderer/features/costs/y.ts';",
      'features/costs',
    ],
    ['src-renderer/features/jobs/a.tsx', "import { x } from 'recharts';", 'the package recharts'],
    ['src-renderer/app.tsx', "import { contract } from '#shared/contract/contract.ts';", 'use import type'],
    ['src-main/core/jobs/a.ts', 'export default 1;', 'default export'],
  ])('refuses, in %s, %s', (path, text, why) => {
    expect(at(path, text).join('\n')).toContain(why);
  });

  it('refuses a file of more than 500 lines', () => {
    expect(at('src-main/core/jobs/a.ts', 'export const x = 1;\n'.repeat(500))).toEqual([]);
    expect(at('src-main/core/jobs/a.ts', 'export const x = 1;\n'.repeat(501))).toHaveLength(1);
  });

  it.each([
    ['src-main/core/jobs/a.ts', "import { x } from '#core/agents/y.ts';"],
    ['src-main/core/engine.ts', "import { x } from './archive/y.ts';"],
    ['src-main/core/jobs/a.ts', "// console.log(process.env.HOME)\nexport const x = 'console.log';"],
    ['src-renderer/app.tsx', "import type { Contract } from '#shared/contract/contract.ts';"],
    ['src-renderer/app.tsx', "import { Jobs } from '#renderer/features/jobs/y.tsx';"],
    ['src-main/hosts/electron/a.ts', "import { app } from 'electron';"],
  ])('allows, in %s, %s', (path, text) => {
    expect(at(path, text)).toEqual([]);
  });
});
