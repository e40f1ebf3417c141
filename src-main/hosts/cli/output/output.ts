import { styleText } from 'node:util';
import type { Failure } from '#shared/model/failure.ts';
import { printable } from './table.ts';

/** What a command says: one document or text to stdout, progress to stderr. */
export interface Output {
  readonly json: boolean;
  /** The one answer of the command: `doc` with --json, `text` without. */
  answer(doc: unknown, text: () => string): Promise<void>;
  /** Exactly these bytes (an exported trace). */
  raw(text: string): Promise<void>;
  bytes(bytes: Uint8Array): Promise<void>;
  progress(line: string): void;
  fail(failure: Failure): Promise<void>;
}

/** Resolves when the text left this process: exiting earlier would cut a pipe short. */
const write = (stream: NodeJS.WriteStream, text: string | Uint8Array): Promise<void> =>
  new Promise((done) => {
    stream.write(text, () => done());
  });

const line = (text: string): string => (text.endsWith('\n') || text === '' ? text : `${text}\n`);

export function createOutput(json: boolean): Output {
  return {
    json,
    answer: (doc, text) => write(process.stdout, json ? `${JSON.stringify(doc)}\n` : line(text())),
    raw: (text) => write(process.stdout, line(text)),
    bytes: (bytes) => write(process.stdout, bytes),
    progress: (text) => void process.stderr.write(`${styleText('dim', text, { stream: process.stderr })}\n`),
    fail: async (failure) => {
      const { code, message, detail } = failure;
      if (json) await write(process.stdout, `${JSON.stringify({ error: { code, message, detail } })}\n`);
      else await write(process.stderr, printable(`${code}: ${message}\n${line(detail ?? '')}`));
    },
  };
}

const STATUS_STYLE = {
  succeeded: 'green',
  failed: 'red',
  cancelled: 'yellow',
  running: 'cyan',
} as const;

/** The word itself, coloured on a terminal that shows colours (NO_COLOR is honoured). */
export function paintStatus(status: string): string {
  const style = Object.entries(STATUS_STYLE).find(([name]) => name === status)?.[1];
  return style === undefined ? status : styleText(style, status, { stream: process.stdout });
}
