import type { Interrupts } from './interrupts.ts';
import type { Output } from './output/output.ts';

/** A command that has been read from the command line and not run yet. */
export type Prepared = (output: Output, interrupts: Interrupts) => Promise<number>;
