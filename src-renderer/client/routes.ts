import { OWN } from '#shared/model/source.ts';

/** Paths inside the hash; every link in the app is made here. */
export const paths = {
  jobs: (source: string = OWN): string => `/s/${encodeURIComponent(source)}/jobs`,
  job: (source: string, jobId: string, spanId?: string): string =>
    `/s/${encodeURIComponent(source)}/jobs/${encodeURIComponent(jobId)}${spanId === undefined ? '' : `?span=${spanId}`}`,
  newJob: (from?: { readonly source: string; readonly jobId: string }): string =>
    from === undefined
      ? '/new'
      : `/new?source=${encodeURIComponent(from.source)}&from=${encodeURIComponent(from.jobId)}`,
  settings: (section?: string): string => `/settings${section === undefined ? '' : `/${section}`}`,
};

/** The source a path shows, `own` where it names none. */
export function sourceOfPath(path: string): string {
  const match = /^\/s\/([^/]+)/.exec(path);
  return match?.[1] === undefined ? OWN : decodedPart(match[1]);
}

/** A path part as it was before it was put into a link; one that cannot be read back stands as it is. */
export function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
