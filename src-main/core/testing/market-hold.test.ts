import { describe, expect, it } from 'vitest';
import { type MarketRequest, reply } from '#core/vastai/market/reply.ts';
import { MarketHold } from './market-hold.ts';

const request = (endpoint: MarketRequest['endpoint']): MarketRequest => ({
  endpoint,
  id: 1,
  query: new URLSearchParams(),
  body: undefined,
});

/** Calls through a hold, with what has been carried out. */
function market() {
  const hold = new MarketHold();
  const done: string[] = [];
  const around = hold.around(async ({ endpoint }) => {
    done.push(endpoint);
    return reply(null);
  });
  return {
    hold,
    done,
    call: (name: MarketRequest['endpoint']) => around(request(name), async () => reply(null)),
  };
}

describe('a held call', () => {
  it('stands still before anything is done for it, alone of its kind, until it is released', async () => {
    const { hold, done, call } = market();
    const come = hold.hold('create', 'before');
    await call('show');
    const held = call('create');
    expect(await come).toBe(true);
    await call('create');
    expect(done).toEqual(['show', 'create']);
    hold.release();
    expect(await held).toMatchObject({ status: 200 });
    expect(done).toEqual(['show', 'create', 'create']);
  });

  it('stands still when it is done and not answered', async () => {
    const { hold, done, call } = market();
    const come = hold.hold('create', 'after');
    let isAnswered = false;
    const held = call('create').then(() => {
      isAnswered = true;
    });
    expect(await come).toBe(true);
    expect([done, isAnswered]).toEqual([['create'], false]);
    hold.release();
    await held;
  });

  it('is not waited for any longer once it is released', async () => {
    const { hold, call, done } = market();
    const come = hold.hold('create', 'before');
    hold.release();
    expect(await come).toBe(false);
    await call('create');
    expect(done).toEqual(['create']);
  });
});
