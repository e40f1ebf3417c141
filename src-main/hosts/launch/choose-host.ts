import { CodedError } from '#shared/model/failure.ts';

export interface Surroundings {
  /** RUNESCOPE_HOST. */
  readonly asked: string | undefined;
  readonly hasDisplay: boolean;
  /** Chromium's sandbox refuses to run as root. */
  readonly isRoot: boolean;
  readonly hasElectron: boolean;
  readonly failedLately: boolean;
}

export type Choice =
  | { readonly host: 'electron' }
  | { readonly host: 'fetch' }
  /** Null where the user asked for it: then there is nothing to explain. */
  | { readonly host: 'web'; readonly because: string | null };

/** Which host a start opens. The desktop app where it can run; else the web app, saying why in one sentence. */
export function chooseHost(around: Surroundings): Choice {
  const { asked, hasDisplay, isRoot, hasElectron, failedLately } = around;
  if (asked === 'web') return { host: 'web', because: null };
  if (asked !== undefined && asked !== '' && asked !== 'electron') {
    throw new CodedError('request.invalid', `RUNESCOPE_HOST can be web or electron, not "${asked}".`);
  }
  if (asked !== 'electron') {
    if (!hasDisplay) return { host: 'web', because: 'There is no display here' };
    if (isRoot) return { host: 'web', because: 'The desktop app does not run as root' };
  }
  if (hasElectron) return { host: 'electron' };
  if (failedLately && asked !== 'electron') {
    return {
      host: 'web',
      because: 'Electron could not be fetched less than a day ago (RUNESCOPE_HOST=electron tries again)',
    };
  }
  return { host: 'fetch' };
}
