import { writeFile } from 'node:fs/promises';
import type { TraceFormat } from '#shared/contract/contract.ts';
import { formatBytes } from '#shared/lib/format.ts';
import { CodedError } from '#shared/model/failure.ts';
import { EXIT } from '../exit-code.ts';
import type { Output } from '../output/output.ts';
import { summaryTable } from '../output/rows.ts';
import { openWhere, type Where } from './jobs.ts';

export async function summariseEvents(
  where: Where,
  jobId: string | undefined,
  output: Output,
): Promise<number> {
  const { client, source, close } = await openWhere(where);
  try {
    // A job that nobody knows is an error, not an empty summary.
    if (jobId !== undefined) await client.jobs.get({ source, job_id: jobId });
    const events = await client.events.summary({ source, ...(jobId === undefined ? {} : { job_id: jobId }) });
    await output.answer({ events }, () => (events.length === 0 ? 'No events.' : summaryTable(events)));
    return EXIT.succeeded;
  } finally {
    await close();
  }
}

export async function exportTrace(
  where: Where,
  jobId: string,
  format: TraceFormat,
  file: string | undefined,
  output: Output,
): Promise<number> {
  if (output.json && format === 'csv' && file === undefined)
    throw new CodedError('request.invalid', '--json and --format csv exclude each other.');
  const { client, source, close } = await openWhere(where);
  try {
    const { text } = await client.trace.export({ source, job_id: jobId, format });
    if (file === undefined) await output.raw(text);
    else {
      await writeFile(file, text, { flag: 'wx' }).catch((thrown: Error) => {
        throw new CodedError('request.invalid', `${file} could not be written: ${thrown.message}.`);
      });
      const size = Buffer.byteLength(text);
      await output.answer({ job_id: jobId, format, file, size }, () => `${file}  ${formatBytes(size)}`);
    }
    return EXIT.succeeded;
  } finally {
    await close();
  }
}
