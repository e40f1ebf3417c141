import type { TraceFormat } from '#shared/contract/contract.ts';
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
  output: Output,
): Promise<number> {
  if (output.json && format === 'csv')
    throw new CodedError('request.invalid', '--json and --format csv exclude each other.');
  const { client, source, close } = await openWhere(where);
  try {
    const { text } = await client.trace.export({ source, job_id: jobId, format });
    await output.raw(text);
    return EXIT.succeeded;
  } finally {
    await close();
  }
}
