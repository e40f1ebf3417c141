import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as ask } from 'node:http';

/** A server of the tests in a process of its own, which ends with this one at the latest. */
export interface ServiceProcess<Told> {
  /** The one line of JSON that it printed when it was ready. */
  readonly told: Told;
  /** Ends the process without a word and waits for it. */
  kill(): Promise<void>;
  /** Ends the process and waits for it. */
  close(): Promise<void>;
}

/** Runs `entry`, a TypeScript file that takes its options as JSON, and waits until it is ready. */
export async function startService<Told>(entry: string, options: unknown): Promise<ServiceProcess<Told>> {
  const child = spawn(process.execPath, [entry, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'close');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const line = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.includes('\n')) resolve(out);
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`${entry} ended:\n${stderr}`)));
  });
  return {
    told: JSON.parse(line) as Told,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    close: async () => {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(late);
    },
  };
}

/** Asks such a server to do something. Without fetch, whose kept connections would outlive a test that closes it. */
export function control(url: string, argument: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = ask(url, { method: 'POST', agent: false }, async (answer) => {
      try {
        let text = '';
        for await (const chunk of answer.setEncoding('utf8')) text += chunk;
        if (answer.statusCode !== 200) throw new Error(`${url}: ${text}`);
        resolve(JSON.parse(text));
      } catch (error) {
        reject(error);
      }
    });
    request.on('error', reject);
    request.end(JSON.stringify(argument));
  });
}
