import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { HTTP } from '#core/store/migrations/http.ts';
import { createOtlpOutQueue } from './queue.ts';

it('keeps what waits in order, what is refused with its reason, and counts over a restart', () => {
  const db = new Database(':memory:');
  db.exec(HTTP.find(({ name }) => name.endsWith('-otlp'))?.sql ?? '');
  const queue = createOtlpOutQueue(db);
  const of = (reader = queue) => reader.waiting(10).map(({ job_id }) => job_id);
  for (const id of ['a', 'b', 'c', 'd', 'a']) queue.add(id);
  expect(of()).toEqual(['a', 'b', 'c', 'd']);
  expect(queue.counts()).toEqual({ sent: 0, waiting: 4, last_sent_at: null });
  const [a, b, c, d] = queue.waiting(10);
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('Too few.');
  queue.refused(b, { code: 'otlp.refused', message: 'no b', retryable: false });
  queue.refused(c, { code: 'otlp.refused', message: 'no c', retryable: false });
  queue.sent([a], 7);
  queue.gone(d);
  expect(of()).toEqual([]);
  expect(queue.counts()).toEqual({ sent: 1, waiting: 2, last_sent_at: 7 });
  expect(queue.lastRefusal()?.message).toBe('no c');
  queue.reopen();
  expect(of()).toEqual(['b', 'c']);
  expect(queue.lastRefusal()).toBeNull();
  queue.sent([b, c], 9);
  // A job that ends again, as after a restart in the middle of its end, is not sent again.
  queue.add('b');
  expect(of()).toEqual([]);
  for (const one of [queue, createOtlpOutQueue(db)])
    expect(one.counts()).toEqual({ sent: 3, waiting: 0, last_sent_at: 9 });
});
