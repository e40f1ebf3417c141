import { describe, expect, it } from 'vitest';
import { viewOf } from './artifact-view.ts';

const view = (content: string | Uint8Array<ArrayBuffer>) =>
  viewOf({ name: 'f', kind: 'log', media_type: 'image/png', sha256: '', content: new Blob([content]) });

describe('what a file is', () => {
  it('is told by its bytes', async () => {
    expect(await view('plain words')).toEqual({ kind: 'text', text: 'plain words', cut: false });
    expect(await view('{"a":[1,2]}')).toMatchObject({ text: '{\n  "a": [\n    1,\n    2\n  ]\n}' });
    expect(await view('{not json')).toMatchObject({ kind: 'text', text: '{not json' });
    expect(await view('<svg onload="alert(1)"/>')).toMatchObject({ kind: 'text' });
    expect(await view(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0]))).toMatchObject({
      kind: 'image',
      url: expect.stringMatching(/^blob:/),
    });
    expect(await view(new Uint8Array([1, 2, 0, 3]))).toEqual({ kind: 'bytes' });
    expect(await view(new Uint8Array([0xff, 0xfe, 0x41]))).toEqual({ kind: 'bytes' });
    expect(await view('')).toEqual({ kind: 'text', text: '', cut: false });
  });

  it('is cut where it is too long, at a whole character', async () => {
    const long = await view(`a${'é'.repeat(1024 * 1024)}`);
    expect(long).toMatchObject({ kind: 'text', cut: true });
    expect(long.kind === 'text' && long.text.endsWith('é')).toBe(true);
  });
});
