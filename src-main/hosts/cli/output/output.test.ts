import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const run = (json: boolean) => {
  const module = JSON.stringify(new URL('./output.ts', import.meta.url).href);
  const failure = {
    code: 'archive.bad_listing',
    message: 'It lists \u001b[2Ja\u0007.',
    detail: '\u009b31mred',
  };
  const script = `const { createOutput } = await import(${module}); await createOutput(${json}).fail(${JSON.stringify(failure)});`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
};

describe('what a command says of a failure', () => {
  it('cannot move the cursor, whatever a server named its objects', () => {
    const { stderr } = run(false);
    expect(stderr).toContain('archive.bad_listing: It lists a\ufffd.\n');
    expect(stderr).toMatch(/red\n$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stderr).not.toMatch(/[\u0007\u001b\u009b]/);
  });

  it('is exact with --json', () => {
    expect(JSON.parse(run(true).stdout)).toMatchObject({ error: { message: 'It lists \u001b[2Ja\u0007.' } });
  });
});
