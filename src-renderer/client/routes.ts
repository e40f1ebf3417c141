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
  /** `key` selects a result. */
  archive: (target?: string, key?: string): string =>
    `/archive${target === undefined ? '' : `/${encodeURIComponent(target)}`}${key === undefined ? '' : `?key=${encodeURIComponent(key)}`}`,
  archiveReports: (): string => '/archive/reports',
  archiveReport: (reportId: string): string => `/archive/report/${encodeURIComponent(reportId)}`,
  archiveJournal: (): string => '/archive/journal',
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
