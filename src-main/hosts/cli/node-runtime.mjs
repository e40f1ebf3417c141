import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Plain JavaScript on purpose: this file is read by whatever Node the machine has, before a newer one is found.

/** From this Node on, TypeScript sources run as they are and better-sqlite3's binary loads. */
const NEEDED = [22, 18];

/** Sources that were compiled once start twice as fast the next time. */
const COMPILED = fileURLToPath(new URL('../../../node_modules/.cache/compile', import.meta.url));

/** @param {string} version */
const isEnough = (version) => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
};

/** The Node that came with the dependencies (optionalDependencies in package.json), or null. */
function bundledNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  try {
    const home = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const path = join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

/**
 * Runs `script` in this process when its Node will do, else in the Node that came with the dependencies; then this
 * process only passes signals on and ends as that one did. Without either it says so in one sentence and exits.
 * @param {string} script absolute path
 */
export async function runWithModernNode(script) {
  const { pathToFileURL } = await import('node:url');
  if (isEnough(process.versions.node)) {
    module.enableCompileCache(COMPILED);
    await import(pathToFileURL(script).href);
    return;
  }
  const node = bundledNode();
  if (node === null) {
    process.stderr.write(
      `Runescope needs Node ${NEEDED.join('.')} or newer and this is Node ${process.versions.node}: install a newer Node, or run npm ci so that it brings its own.\n`,
    );
    process.exit(2);
  }
  const child = spawn(node, [script, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
  });
  // A terminal sends Ctrl-C to both; passing it on as well would count as a second one.
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    process.stderr.write(`${node} cannot be started: ${error.message}.\n`);
    process.exit(2);
  });
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? (code ?? 2) : 128 + (constants.signals[signal] ?? 0));
  });
}
