import { lastWords, tellFailure } from '#hosts/shared/http-mode.ts';
import { CodedError } from '#shared/model/failure.ts';
import { parseHostArguments, USAGE } from './arguments.ts';
import { runWebHost } from './run.ts';

try {
  const { help, ...options } = parseHostArguments(process.argv.slice(2));
  if (help) process.stdout.write(`${USAGE}\n`);
  // electron-vite sets the variable while it serves the page itself.
  else await runWebHost({ ...options, devUrl: process.env.ELECTRON_RENDERER_URL });
  await lastWords();
  process.exit(0);
} catch (thrown) {
  // A bug crashes visibly; an expected failure is a sentence.
  if (!(thrown instanceof CodedError)) throw thrown;
  if (!tellFailure(thrown)) process.stderr.write(`${thrown.message}\n`);
  await lastWords();
  process.exit(thrown.code === 'request.invalid' ? 2 : 1);
}
