import { fileURLToPath } from 'node:url';
import { runWithModernNode } from '#hosts/cli/node-runtime.mjs';

await runWithModernNode(fileURLToPath(new URL('./run-tests.ts', import.meta.url)));
