import Database from 'better-sqlite3';

/** Where a process ends itself: at the n-th step since its so-manieth intent to rent (0: since its start). */
export interface Death {
  readonly intent: number;
  readonly step: number;
}

const INTENT = 'INSERT rs_rental';

/**
 * Counts what a process does to the ledger and asks of the market, line by line: before and after each statement that
 * writes a rental, each commit of one, and each call. At its death it says between which two it was, and is killed as
 * by kill -9: nothing is unwound.
 */
export function countSteps(marketUrl: string, death: Death | null, say: (line: string) => void): void {
  let counted = -1;
  let intents = 0;
  let last = 'the start';
  const step = (name: string): void => {
    if (death === null) return;
    if (name === `before ${INTENT}`) intents++;
    if (intents >= death.intent) counted++;
    if (counted === death.step) {
      say(`died ${last} | ${name}`);
      process.kill(process.pid, 'SIGKILL');
    }
    last = name;
  };
  watchCalls(marketUrl, step);
  watchWrites(step);
}

function watchCalls(marketUrl: string, step: (name: string) => void): void {
  const { origin } = new URL(marketUrl);
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== origin) return real(input, init);
    const path = url.pathname.replace(/^\/api\/v\d/, '').replace(/\d+/, 'N');
    const name = `${init?.method ?? 'GET'} ${path}`;
    step(`before ${name}`);
    const answer = real(input, init);
    setImmediate(() => step(`sent ${name}`));
    return answer.finally(() => step(`after ${name}`));
  };
}

interface Statement {
  readonly source: string;
  run(...args: readonly unknown[]): unknown;
}

function watchWrites(step: (name: string) => void): void {
  const probe = new Database(':memory:');
  const statements = Object.getPrototypeOf(probe.prepare('SELECT 1')) as Statement;
  probe.close();
  const real = statements.run;
  let isWritten = false;
  statements.run = function run(this: Statement, ...args) {
    const name = isWritten && this.source === 'COMMIT' ? 'COMMIT' : writeOf(this.source);
    if (name === null) return real.apply(this, [...args]);
    isWritten = name !== 'COMMIT';
    step(`before ${name}`);
    try {
      return real.apply(this, [...args]);
    } finally {
      step(`after ${name}`);
    }
  };
}

function writeOf(sql: string): string | null {
  const [, verb, table] = /^\s*(INSERT|UPDATE|DELETE)\b.*?\b(rs_rental\w*)/is.exec(sql) ?? [];
  return verb === undefined || table === undefined ? null : `${verb.toUpperCase()} ${table}`;
}
