import { fileURLToPath } from 'node:url';
import { runWithModernNode } from '#hosts/cli/node-runtime.mjs';

// Runs ./build.ts, ./start.ts or ./dev.ts under a Node that can, whichever Node was asked to.
const [command = ''] = process.argv.splice(2, 1);
const scripts = new Map(['build', 'start', 'dev'].map((name) => [name, `./${name}.ts`]));
const script = scripts.get(command);
if (script === undefined) {
  process.stderr.write(`There is no script "${command}": build, start and dev are.\n`);
  process.exit(2);
}
await runWithModernNode(fileURLToPath(new URL(script, import.meta.url)));
