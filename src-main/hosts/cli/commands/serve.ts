import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isBuilt } from '#hosts/launch/build-state.ts';
import { build } from '#hosts/launch/builder.ts';
import { appRoot, rendererDir } from '#hosts/shared/app-root.ts';
import { enterHttpMode } from '#hosts/shared/http-mode.ts';
import { listenAddress, portFromEnv } from '#hosts/web/listen.ts';
import { runWebHost } from '#hosts/web/run.ts';
import { CodedError } from '#shared/model/failure.ts';
import { EXIT } from '../exit-code.ts';
import type { Output } from '../output/output.ts';

export interface ServeOptions {
  readonly dataDir: string;
  /** Null: RUNE_API_PORT, else any free one. */
  readonly port: number | null;
  readonly open: boolean;
  /** As --listen has it; true: the address is RUNE_API_HOST's. */
  readonly listen: string | boolean | undefined;
}

/** Serves the web app until Ctrl-C. Its link is the one answer of the command, printed as soon as it works. */
export async function serve(options: ServeOptions, output: Output): Promise<number> {
  const { listen, port, ...rest } = options;
  const { env } = process;
  const at = listenAddress(listen, env);
  enterHttpMode();
  await ensurePage();
  // With an address of its own, RUNE_API_PORT is that one's.
  const page = port ?? (at === null ? portFromEnv(env) : null) ?? 0;
  await runWebHost({ ...rest, port: page, listen: at }, (url) => void output.answer({ url }, () => url));
  return EXIT.succeeded;
}

/** From the sources the page is made like `npm start` makes it; a built copy brings its own. */
async function ensurePage(): Promise<void> {
  const fromSources = import.meta.filename.endsWith('.ts');
  if (fromSources && !isBuilt(appRoot)) {
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    say('Building Runescope (once after each change)...');
    if ((await build(true, say)) !== 0) throw new CodedError('internal', 'The build failed: see above.');
  }
  if (!existsSync(join(rendererDir, 'index.html')))
    throw new CodedError('internal', 'This copy of Runescope is incomplete: its page is missing.');
}
