import { fileURLToPath } from 'node:url';
import { runWithModernNode } from '#hosts/cli/node-runtime.mjs';

await runWithModernNode(fileURLToPath(new URL('./check.ts', import.meta.url)));
