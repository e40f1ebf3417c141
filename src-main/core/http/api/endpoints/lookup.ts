import type { JobDetail } from '#shared/contract/types.ts';
import { Refused } from '../answer.ts';
import { failureOf } from '../client.ts';
import type { Call } from '../endpoint.ts';

const ID = /^[A-Za-z0-9._-]{1,128}$/;
export const isId = (text: string): boolean => ID.test(text) && !/^\.+$/.test(text);

/** A job of the caller's tenant. Another tenant's is as unknown as one that nobody has. */
export async function ownJob(
  { api, tenant, params }: Pick<Call<unknown, unknown>, 'api' | 'tenant' | 'params'>,
  notFound = 'job not found',
): Promise<JobDetail> {
  const id = params.id ?? '';
  const job = isId(id) ? await api.client.jobs.get({ job_id: id }).catch(unknownAsNull) : null;
  if (job === null || job.tenant_id !== tenant) throw new Refused(404, notFound);
  return job;
}

export function unknownAsNull(thrown: unknown): null {
  const code = failureOf(thrown)?.code;
  if (code === 'job.not_found' || code === 'artifact.not_found') return null;
  throw thrown;
}
