import { styleText } from 'node:util';
import type { LogQuery } from '#shared/contract/http.ts';
import { formatId, formatIso } from '#shared/lib/format.ts';
import type { LogLevel, LogLine } from '#shared/model/logs.ts';
import { OWN } from '#shared/model/source.ts';
import { openAsking } from '../access.ts';
import { EXIT } from '../exit-code.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/table.ts';

export type LogFilter = Pick<
  LogQuery,
  'job_id' | 'tenant_id' | 'text' | 'event' | 'from' | 'to' | 'before_seq'
> & {
  readonly level: LogLevel;
  readonly limit: number;
};

/** Of one call. */
const PAGE = 2000;

/** The newest lines that match, the oldest first. */
export async function listLogLines(dataDir: string, filter: LogFilter, output: Output): Promise<number> {
  const { client, close } = await openAsking(dataDir);
  try {
    let lines: LogLine[] = [];
    let more = true;
    while (more && lines.length < filter.limit) {
      const limit = Math.min(PAGE, filter.limit - lines.length);
      const before = lines[0]?.seq ?? filter.before_seq;
      const page = await client.logs.list({
        ...filter,
        limit,
        ...(before === undefined ? {} : { before_seq: before }),
      });
      lines = [...page.lines, ...lines];
      more = page.more;
    }
    // An id that nobody knows is bad input, not a silent job.
    if (lines.length === 0 && filter.job_id !== undefined)
      await client.jobs.get({ source: OWN, job_id: filter.job_id });
    await output.answer({ lines, more }, () => (lines.length === 0 ? 'No lines match.' : textOf(lines)));
    return EXIT.succeeded;
  } finally {
    await close();
  }
}

const STYLE = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' } as const;

const textOf = (lines: readonly LogLine[]): string =>
  lines
    .map(({ at, level, event, job_id, message }) => {
      const painted = styleText(STYLE[level], level.padEnd(5), { stream: process.stdout });
      const job = job_id === null ? '' : `  [${formatId(job_id)}]`;
      const said = `${event}  ${message}${job}`.replaceAll(/\s*\n\s*/g, ' ');
      return `${formatIso(at)}  ${painted}  ${printable(said)}`;
    })
    .join('\n');
