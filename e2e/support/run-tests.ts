/**
 * The whole test command: the checks, the build, a browser, then every test. One process chain, because npm runs no
 * pre- and post-scripts here (.npmrc). Its last line on stdout is `N passed, N failed`.
 * Words after `npm test --` name test files to run instead of all.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startVitest } from 'vitest/node';
import { ensureBrowser } from './ensure-browser.ts';
import { TallyReporter } from './tally-reporter.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
process.chdir(root);
const filters = process.argv.slice(2);
const tally = new TallyReporter();

/** A step before the tests that failed counts as one failure; the tests still run, so that one run tells all. */
function step(name: string, command: readonly string[]): void {
  const started = performance.now();
  const [program = '', ...args] = command;
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const passed = status === 0;
  process.stdout.write(
    `${passed ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)${error ? `: ${error.message}` : ''}\n`,
  );
  if (!passed) tally.fail(name);
}

const node = process.execPath;
const npm = process.env.npm_execpath;
const npmRun = npm === undefined ? ['npm', 'run'] : [node, npm, 'run'];

step('check', [...npmRun, '--silent', 'check']);
step('build', [...npmRun, '--silent', 'build']);
try {
  process.env.RUNESCOPE_CHROMIUM = ensureBrowser();
} catch (thrown) {
  process.stdout.write(`FAIL browser: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  tally.fail('browser');
}
const vitest = await startVitest('test', filters, {
  root,
  run: true,
  watch: false,
  passWithNoTests: false,
  reporters: ['default', tally],
});
await vitest.close();
tally.print();
process.exit(tally.failed > 0 || tally.passed === 0 ? 1 : 0);
