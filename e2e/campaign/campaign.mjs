import { fileURLToPath } from 'node:url';
import { runWithModernNode } from '#hosts/cli/node-runtime.mjs';

await runWithModernNode(fileURLToPath(new URL('./main.ts', import.meta.url)));
