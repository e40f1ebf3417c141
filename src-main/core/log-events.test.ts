import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LOG_EVENTS } from '#shared/model/log-events.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Event and meaning of each row of the page's tables. */
function documented(): Readonly<Record<string, string>> {
  const page = readFileSync(join(root, 'docs', 'log-events.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z_]+\.[a-z_]+)` \| (.+) \|$/gm)];
  const names = rows.map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
  return Object.fromEntries(rows.map(([, name, meaning]) => [name, meaning]));
}

/** What stands in quotes in the program, its tests and the list itself left out. */
function quoted(): ReadonlySet<string> {
  const texts = readdirSync(join(root, 'src-main'), { recursive: true, encoding: 'utf8' })
    .filter(
      (path) => path.endsWith('.ts') && !/\.test(-d)?\.ts$/.test(path) && !/[\\/]testing[\\/]/.test(path),
    )
    .map((path) => readFileSync(join(root, 'src-main', path), 'utf8'));
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/'([a-z_]+\.[a-z_]+)'/g)].map(([, name]) => name ?? '')),
  );
}

describe('the list of log events', () => {
  it('is what docs/log-events.md says, word for word', () => {
    expect(documented()).toEqual(LOG_EVENTS);
  });

  it('holds nothing that the program does not say', () => {
    // That it says nothing else is what the type of LogRecord.event sees to.
    const used = quoted();
    expect(Object.keys(LOG_EVENTS).filter((name) => !used.has(name))).toEqual([]);
  });
});
