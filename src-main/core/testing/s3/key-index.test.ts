import { describe, expect, it } from 'vitest';
import { KeyIndex } from './key-index.ts';

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('KeyIndex', () => {
  it.each([
    ['of ASCII', ['a', 'b', '/']],
    ['beyond the basic plane', ['a', '/', 'ü', '\uff5e', '😀']],
  ])('agrees with a list sorted by bytes, keys %s', (_name, alphabet) => {
    const index = new KeyIndex();
    const keys = new Set<string>();
    let state = 1;
    const next = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    const word = (longest: number): string =>
      Array.from({ length: 1 + next(longest) }, () => alphabet[next(alphabet.length)]).join('');
    for (let step = 0; step < 600; step++) {
      const key = word(4);
      if (keys.delete(key)) index.remove(key);
      else if (step % 10 > 0) {
        keys.add(key);
        index.add(key);
      } else {
        const fresh = [...new Set([key, word(4), word(5)])].filter((each) => !keys.has(each));
        for (const each of fresh) keys.add(each);
        index.addMany(fresh);
      }
      const sorted = [...keys].sort(byBytes);
      expect(index.keys).toEqual(sorted);
      const sought = word(3);
      const count = (test: (key: string) => boolean): number => sorted.filter(test).length;
      expect(index.from(sought)).toBe(count((other) => byBytes(other, sought) < 0));
      expect(index.after(sought)).toBe(count((other) => byBytes(other, sought) <= 0));
      expect(index.afterPrefix(sought)).toBe(
        count((other) => byBytes(other, sought) < 0 || other.startsWith(sought)),
      );
    }
  });
});
