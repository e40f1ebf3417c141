import { createHash, randomBytes } from 'node:crypto';

const MAX_OPEN_TOKENS = 32;
const MAX_SESSIONS = 256;

const secret = (): string => randomBytes(32).toString('base64url');
/** Only hashes are kept and compared, so neither memory nor timing gives a secret away. */
const hash = (text: string): string => createHash('sha256').update(text).digest('base64');

const keepNewest = (set: Set<string>, max: number): void => {
  for (const oldest of set) {
    if (set.size <= max) return;
    set.delete(oldest);
  }
};

export interface Sessions {
  /** A new launch token; each lets one browser in, once. */
  issueToken(): string;
  /** The Set-Cookie value of a new session, or null when the token was used or never issued. */
  exchange(token: string): string | null;
  isOpen(cookieHeader: string | undefined): boolean;
}

/** Cookies do not know ports: the port in the name keeps two servers on one machine apart. */
export function createSessions(port: number): Sessions {
  const cookie = `runescope_${port}`;
  const tokens = new Set<string>();
  const sessions = new Set<string>();
  return {
    issueToken: () => {
      const token = secret();
      tokens.add(hash(token));
      keepNewest(tokens, MAX_OPEN_TOKENS);
      return token;
    },
    exchange: (token) => {
      if (!tokens.delete(hash(token))) return null;
      const id = secret();
      sessions.add(hash(id));
      keepNewest(sessions, MAX_SESSIONS);
      return `${cookie}=${id}; HttpOnly; SameSite=Strict; Path=/`;
    },
    isOpen: (header) =>
      (header ?? '').split(';').some((pair) => {
        const [name, value] = pair.trim().split('=', 2);
        return name === cookie && value !== undefined && sessions.has(hash(value));
      }),
  };
}
