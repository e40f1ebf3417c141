import { build } from './builder.ts';

process.exitCode = await build(false);
