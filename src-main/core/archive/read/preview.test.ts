import { describe, expect, it } from 'vitest';
import { memoryTarget } from '#core/testing/memory-target.ts';
import { madeObject } from '#core/testing/result-records.ts';
import { headMembers, tailMembers } from './partial-json.ts';
import { preview } from './preview.ts';

const KEY = 'results/a/b/2026-11-22/j.json';
const target = memoryTarget();
const of = async (text: string | Uint8Array) => {
  target.add(KEY, text);
  return preview(target, KEY);
};
const padding = JSON.stringify('x'.repeat(400_000));

describe('the preview of a result', () => {
  it('holds a small one whole, without its spans and events', async () => {
    const { members, partial, size_bytes } = await of(madeObject().body);
    expect(partial).toBe(false);
    expect(size_bytes).toBe(madeObject().body.length);
    expect(members).toMatchObject({
      job_id: '3f0c1a52-7b11-4c7e-9d0e-0a4f6b2c8d11',
      result: { answer: 'Because.' },
    });
    expect(Object.keys(members)).not.toContain('spans');
  });

  it('holds what both ends of a large one say, from two ranged reads', async () => {
    const { body } = madeObject({}, 2000);
    target.add(KEY, body);
    const before = target.requests();
    const { members, partial } = await preview(target, KEY);
    expect(target.requests() - before).toBe(3);
    expect(partial).toBe(true);
    const whole = JSON.parse(body.toString()) as Record<string, unknown>;
    const names = Object.keys(members);
    expect(names).toEqual(
      expect.arrayContaining([
        'actual_cost',
        'demo',
        'environment',
        'status',
        'started_at',
        'tenant',
        'updated_at',
      ]),
    );
    expect(members).toEqual(Object.fromEntries(names.map((name) => [name, whole[name]])));
  });

  it.each([
    ['no member whole at either end', `{"a":${padding}}`, {}],
    [
      'an end in another layout',
      `{"a": 1,\n "b": ${padding},\n "c": [1, {"d": 2}],\n "e": "x"\n}\n`,
      { a: 1, c: [1, { d: 2 }], e: 'x' },
    ],
    [
      'texts that look like members',
      `{"a":"},\\"x\\":1,","b":${padding},"c":"y,\\"z\\":[","d":null}`,
      { a: '},"x":1,', c: 'y,"z":[', d: null },
    ],
    ['a list', `[${padding},{"a":1}]`, {}],
    ['no JSON', padding, {}],
    [
      'members of JavaScript',
      `{"__proto__":{"a":1},"b":${padding},"constructor":2}`,
      JSON.parse('{"__proto__":{"a":1},"constructor":2}'),
    ],
    ['a text cut inside a character', `{"a":1,"b":"${'é'.repeat(200_000)}","c":2}`, { a: 1, c: 2 }],
    [
      'depth',
      `{"a":${'['.repeat(2000)}${']'.repeat(2000)},"b":${padding},"c":${'['.repeat(2000)}${']'.repeat(2000)}}`,
      {},
    ],
  ])('is honest about %s', async (_, text, members) => {
    const found = await of(text);
    expect(found.members).toEqual(members);
    expect(Object.keys(found.members)).toEqual(Object.keys(members));
  });

  it('refuses an object that is replaced while it is read', async () => {
    target.add(KEY, `{"a":${padding}}`);
    target.onGet = () => {
      target.onGet = () => {};
      target.add(KEY, `{"b":${padding}}`);
    };
    await expect(preview(target, KEY)).rejects.toMatchObject({ code: 'archive.object_changed' });
  });

  it('takes no time over texts that try it', () => {
    const hostile = `${',"a":['.repeat(11_000)}`;
    const began = performance.now();
    expect(tailMembers(`${hostile}}`)).toEqual([]);
    expect(headMembers(`{${hostile}`)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
