import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Gives a child a terminal of its own. */
const SCRIPT = '/usr/bin/script';
const LIMIT_MS = 30_000;
const main = fileURLToPath(new URL('../../src-main/hosts/cli/main.ts', import.meta.url));

export const hasTerminals = existsSync(SCRIPT);

/** The command line on a terminal, where somebody types `answer` once a question stands there. */
export function answerOnTerminal(
  args: readonly string[],
  answer: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly text: string }> {
  const words = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn(SCRIPT, ['-qec', words, '/dev/null'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  let text = '';
  let isAnswered = false;
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    if (isAnswered || !text.includes('[y/N]')) return;
    isAnswered = true;
    child.stdin.write(answer);
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`still there: ${text}`));
    }, LIMIT_MS);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(late);
      resolve({ code: code ?? -1, text });
    });
  });
}
