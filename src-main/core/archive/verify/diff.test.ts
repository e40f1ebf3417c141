import { describe, expect, it } from 'vitest';
import { madeRecord } from '#core/testing/result-records.ts';
import type { JsonObject } from '#shared/model/job.ts';
import { diffRecords } from './diff.ts';

const record = (): JsonObject => JSON.parse(JSON.stringify(madeRecord({}, 3)));

describe('what differs between two records', () => {
  it('is nothing between equal ones, and unknown without a second', () => {
    expect(diffRecords(record(), record())).toEqual({ has_local: true, differences: [], total: 0 });
    expect(diffRecords(record(), null)).toEqual({ has_local: false, differences: [], total: 0 });
  });

  it('is said by pointer, member by member, environment and hash last', () => {
    const local = {
      ...record(),
      actual_cost: 5,
      result: { answer: 'Other.', 'a/b~c': 1 },
      environment: { app_version: '9' },
      sha256: 'x',
    };
    const { differences, total } = diffRecords(record(), local);
    expect(differences.map(({ pointer }) => pointer)).toEqual([
      '/actual_cost',
      '/result/a~1b~0c',
      '/result/answer',
      '/result/telemetry',
      '/environment/app_version',
      '/environment/host_kind',
      '/environment/node',
      '/environment/platform',
      '/sha256',
    ]);
    expect(total).toBe(9);
    expect(differences[1]).toEqual({ pointer: '/result/a~1b~0c', local: 1 });
    expect(differences[3]).toEqual({ pointer: '/result/telemetry', archived: { tokens: { total: 12 } } });
  });

  it('finds a span that is missing without calling all that follow it different', () => {
    const local = record();
    const spans = local.spans as JsonObject[];
    const { differences } = diffRecords(record(), {
      ...local,
      spans: [...spans.slice(1, 3), { ...spans[3], name: 'other' }, { span_id: 'new' }],
    });
    expect(differences.map(({ pointer }) => pointer)).toEqual(['/spans/0', '/spans/3/name', '/spans/3']);
    expect(differences[2]).toEqual({ pointer: '/spans/3', local: { span_id: 'new' } });
  });

  it('counts all and lists a thousand', () => {
    const many = { list: Array.from({ length: 5000 }, (_, i) => i), sha256: 'a' };
    const { differences, total } = diffRecords(many, { list: many.list.map((i) => -i - 1), sha256: 'b' });
    expect([differences.length, total]).toEqual([1000, 5001]);
  });

  it('takes members named like parts of JavaScript for what they are', () => {
    const odd = (n: number) => JSON.parse(`{"__proto__":{"a":${n}},"constructor":1}`) as JsonObject;
    expect(diffRecords(odd(1), odd(2)).differences).toEqual([
      { pointer: '/__proto__/a', archived: 1, local: 2 },
    ]);
    expect(diffRecords(odd(1), {}).total).toBe(2);
  });
});
