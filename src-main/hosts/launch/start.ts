import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { appRoot } from '#hosts/shared/app-root.ts';
import { enterHttpMode, lastWords, tellFailure } from '#hosts/shared/http-mode.ts';
import { parseHostArguments, USAGE } from '#hosts/web/arguments.ts';
import { hasDisplay } from '#hosts/web/open-browser.ts';
import { CodedError } from '#shared/model/failure.ts';
import { isBuilt } from './build-state.ts';
import { build } from './builder.ts';
import { type Choice, chooseHost } from './choose-host.ts';
import { runDesktop } from './desktop.ts';
import { failedLately, fetchElectron, findElectron } from './electron-binary.ts';

const FETCH_MS = 180_000;
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const argv = process.argv.slice(2);

function choose(): Choice {
  return chooseHost({
    asked: process.env.RUNESCOPE_HOST,
    hasDisplay: hasDisplay(),
    isRoot: process.platform === 'linux' && process.getuid?.() === 0,
    hasElectron: findElectron(appRoot) !== null,
    failedLately: failedLately(appRoot),
  });
}

/** Null when the desktop app ran; else why the web app is served instead (empty: it was asked for). */
async function tryDesktop(choice: Choice): Promise<string | null> {
  if (choice.host === 'web') return choice.because ?? '';
  if (choice.host === 'fetch') {
    const outcome = await fetchElectron(appRoot, { timeoutMs: FETCH_MS, say });
    if (outcome !== 'fetched') return `Fetching Electron ${outcome === 'skipped' ? 'was' : 'has'} ${outcome}`;
  }
  const electron = findElectron(appRoot);
  if (electron === null) return 'Electron is not installed';
  const end = await runDesktop({ electron, root: appRoot, argv });
  if (!end.started) return 'Electron cannot run here';
  process.exitCode = end.code;
  return null;
}

try {
  if (parseHostArguments(argv).help) {
    process.stdout.write(`${USAGE}\n`);
  } else {
    const choice = choose();
    if (choice.host === 'web') enterHttpMode();
    if (!isBuilt(appRoot)) {
      say('Building Runescope (once after each change)...');
      if ((await build(true, choice.host === 'web' ? say : undefined)) !== 0)
        throw new CodedError('internal', 'The build failed: see above.');
    }
    const because = await tryDesktop(choice);
    if (because !== null) {
      enterHttpMode();
      if (because !== '') say(`${because}: serving the web app.`);
      // In this process, so that ending it ends everything.
      await import(pathToFileURL(join(appRoot, 'out', 'main', 'web.js')).href);
    }
  }
} catch (thrown) {
  if (!(thrown instanceof CodedError)) throw thrown;
  if (!tellFailure(thrown)) say(thrown.message);
  await lastWords();
  process.exit(thrown.code === 'request.invalid' ? 2 : 1);
}
