import { parseArgs } from 'node:util';
import { dataDirFor } from '#hosts/shared/paths.ts';
import { CodedError } from '#shared/model/failure.ts';

export interface HostArguments {
  readonly dataDir: string;
  readonly port: number;
  readonly open: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: npm start -- [--data DIR] [--port N] [--no-open]
  --data DIR   keep everything there (default: RUNESCOPE_DATA, else where this system keeps application data)
  --port N     port of the web app on 127.0.0.1 (default: any free one)
  --no-open    do not open a browser`;

/** The options that the graphical hosts share. Throws `request.invalid` with one sentence. */
export function parseHostArguments(argv: readonly string[]): HostArguments {
  const { values } = parse(argv);
  const port = Number(values.port ?? 0);
  if (!/^\d{1,5}$/.test(values.port ?? '0') || port > 65_535) {
    throw new CodedError('request.invalid', `--port must be a number from 0 to 65535, not "${values.port}".`);
  }
  return {
    dataDir: dataDirFor(values.data),
    port,
    open: values['no-open'] !== true,
    help: values.help === true,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        data: { type: 'string' },
        port: { type: 'string' },
        'no-open': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown);
    throw new CodedError('request.invalid', `${reason?.replace(/\.? To specify .*/, '')}.`);
  }
}
