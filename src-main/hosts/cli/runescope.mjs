#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runWithModernNode } from './node-runtime.mjs';

// Node runs TypeScript anywhere but below node_modules: there, what `npm run build` made is used.
const source = fileURLToPath(new URL('./main.ts', import.meta.url));
const built = fileURLToPath(new URL('../../../out/main/cli.js', import.meta.url));
const useSource = existsSync(source) && !/[\\/]node_modules[\\/]/.test(source);
if (!useSource && !existsSync(built)) {
  process.stderr.write('This copy of Runescope was not built: run npm run build in its folder first.\n');
  process.exit(2);
}
await runWithModernNode(useSource ? source : built);
