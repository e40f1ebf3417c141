import { describe, expect, it } from 'vitest';
import { TaskRunner } from './tasks.ts';

const STOPPED = { text: 'Stopped.' };

describe('a long task', () => {
  it('tells how far it is and how it ended, and stays until it is dismissed', async () => {
    const runner = new TaskRunner();
    const seen: unknown[] = [];
    runner.subscribe(() => seen.push(runner.state()?.progress?.done ?? runner.state()?.end?.text ?? null));
    await runner.run('Verifying', STOPPED, async (_, report) => {
      report({ done: 1, total: 2, more: '' });
      return { text: '2 verified' };
    });
    expect(seen).toEqual([null, 1, '2 verified']);
    runner.dismiss();
    expect(runner.state()).toBeNull();
  });

  it('is alone: a second one is not begun, and one that runs is not dismissed', async () => {
    const runner = new TaskRunner();
    let finish = (): void => {};
    const first = runner.run(
      'One',
      STOPPED,
      () =>
        new Promise((done) => {
          finish = () => done({ text: 'done' });
        }),
    );
    await runner.run('Two', STOPPED, async () => ({ text: 'never' }));
    runner.dismiss();
    expect(runner.state()).toMatchObject({ title: 'One', isRunning: true });
    finish();
    await first;
    expect(runner.state()).toMatchObject({ title: 'One', end: { text: 'done' } });
  });

  it('that is stopped says so, one that breaks says why', async () => {
    const runner = new TaskRunner();
    const run = runner.run(
      'One',
      STOPPED,
      (signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    );
    runner.stop();
    await run;
    expect(runner.state()).toMatchObject({ isRunning: false, end: STOPPED, failure: null });
    await runner.run('Two', STOPPED, () => Promise.reject({ code: 'archive.unreachable', message: 'Gone.' }));
    expect(runner.state()).toMatchObject({ end: null, failure: { code: 'archive.unreachable' } });
  });
});
