import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Milliseconds } from '#shared/model/units.ts';

/** From the polite signal to the one that cannot be refused. */
const POLITE_MS: Milliseconds = 1000;

/**
 * Ends a process that leads its own group, and everything it started: the group, and on Linux also descendants that
 * left the group. Resolves when the second signal was sent, or earlier when nothing is left.
 */
export async function killTree(pid: number): Promise<void> {
  if (process.platform === 'win32') {
    await new Promise<void>((resolve) => {
      execFile('taskkill', ['/pid', String(pid), '/T', '/F'], () => resolve());
    });
    return;
  }
  const strays = descendants(pid);
  signalAll(pid, strays, 'SIGTERM');
  const until = performance.now() + POLITE_MS;
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    if (!isAlive(-pid) && !strays.some(isAlive)) return;
  }
  signalAll(pid, [...strays, ...descendants(pid)], 'SIGKILL');
}

/** What is left of a group whose leader has ended on its own. */
export function killLeftovers(pid: number): void {
  if (process.platform !== 'win32') send(-pid, 'SIGKILL');
}

function signalAll(pid: number, strays: readonly number[], signal: NodeJS.Signals): void {
  send(-pid, signal);
  for (const stray of strays) send(stray, signal);
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    // Gone already, or not ours to signal: either way there is nothing to end.
    return false;
  }
}

const isAlive = (pid: number): boolean => send(pid, 0);

/** All processes below `pid`, by parent; empty where there is no /proc. */
function descendants(pid: number): readonly number[] {
  if (process.platform !== 'linux') return [];
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = parentOf(entry);
    if (parent === null) continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [Number(entry)]);
    else siblings.push(Number(entry));
  }
  const found: number[] = [];
  const queue = [pid];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const child of children.get(next) ?? []) {
      found.push(child);
      queue.push(child);
    }
  }
  return found;
}

function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses and may hold anything; the parent is the fourth.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}
