import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '#core/testing/api-bench.ts';
import { toYaml } from './yaml.ts';

let bench: ApiBench;
beforeAll(async () => {
  bench = await openApiBench();
});
afterAll(() => bench.close());

const call = async (method: string, path: string, body?: unknown) => {
  const { status, json } = await bench.call(method, path, body === undefined ? {} : { body });
  return { status, json };
};

describe('settings', () => {
  it('begin empty, with every member that rune-ui reads', async () => {
    expect(await call('GET', '/v1/settings')).toEqual({
      status: 200,
      json: { defaults: {}, profiles: {}, active_profile: null, effective_config: {}, config: {} },
    });
  });

  it('are changed under either name, profile by profile, and come together', async () => {
    expect(
      await call('PUT', '/v1/settings', { settings: { model: 'm1', agent: 'holmes' }, profile: null }),
    ).toEqual({
      status: 200,
      json: { status: 'updated' },
    });
    expect(await call('POST', '/v1/settings/profiles', { name: 'ci', config: { model: 'm2' } })).toEqual({
      status: 201,
      json: { status: 'created' },
    });
    expect((await call('POST', '/v1/settings/profiles', { name: 'ci' })).status).toBe(409);
    await call('PATCH', '/v1/settings', { config: { backend_type: 'vastai', max_dph: null }, profile: 'ci' });
    await call('PUT', '/v1/settings', { active_profile: 'ci' });
    const { json } = await call('GET', '/v1/settings');
    const config = { model: 'm2', agent: 'holmes', backend_type: 'vastai' };
    expect(json).toEqual({
      defaults: { model: 'm1', agent: 'holmes' },
      profiles: { ci: { model: 'm2', backend_type: 'vastai' } },
      active_profile: 'ci',
      effective_config: config,
      config,
    });
  });

  it('keep no token: it is not told, and not in the store', async () => {
    const token = 'planted-token-1234567890';
    await call('POST', '/v1/settings/profiles', { name: 'prod', settings: { api_token: token } });
    const { json } = await call('GET', '/v1/settings');
    expect(json).toMatchObject({ profiles: { prod: { api_token: '[REDACTED]' } } });
    expect(await call('GET', '/v1/settings/profiles/prod')).toMatchObject({
      json: { settings: { api_token: '[REDACTED]' } },
    });
    const db = new DatabaseSync(join(bench.dataDir, 'runescope.db'), { readOnly: true });
    const rows = JSON.stringify(db.prepare('SELECT * FROM settings').all());
    db.close();
    expect(rows).toContain('[REDACTED]');
    expect(rows).not.toContain(token);
  });

  it('are exported as YAML', async () => {
    const { headers, text } = await bench.call('GET', '/v1/settings/export?profile=ci');
    expect(headers['content-type']).toContain('text/yaml');
    expect(headers['content-disposition']).toBe('attachment; filename="rune-ci.yaml"');
    expect(text).toBe('model: "m2"\nbackend_type: "vastai"\n');
    expect((await bench.call('GET', '/v1/settings/export')).headers['content-disposition']).toContain(
      'rune-defaults.yaml',
    );
    expect((await bench.call('GET', '/v1/settings/export?profile=none')).status).toBe(404);
  });

  it('lose a profile by DELETE, and not by GET', async () => {
    expect((await call('GET', '/v1/settings/profiles/ci')).status).toBe(200);
    expect(await call('DELETE', '/v1/settings/profiles/ci')).toEqual({
      status: 200,
      json: { status: 'deleted', profile: 'ci' },
    });
    expect((await call('GET', '/v1/settings/profiles/ci')).status).toBe(404);
    expect(await call('GET', '/v1/settings')).toMatchObject({ json: { active_profile: null } });
  });

  it.each([
    ['PUT', '/v1/settings', { settings: { modle: 'x' } }, 400],
    ['PUT', '/v1/settings', { setings: {} }, 400],
    ['PUT', '/v1/settings', { active_profile: 'none' }, 404],
    ['PUT', '/v1/settings', { settings: {}, profile: 'none' }, 404],
    ['PUT', '/v1/settings', { settings: { database_url: 'postgres://u:p@h/db' } }, 400],
    ['POST', '/v1/settings/profiles', { name: '../x' }, 400],
    ['POST', '/v1/settings/profiles', { name: '__proto__', settings: { model: 'm' } }, 201],
    ['POST', '/v1/settings/profiles', {}, 400],
  ])('%s %s %j is %s', async (method, path, body, status) => {
    expect((await call(method, path, body)).status).toBe(status);
    expect(({} as { model?: unknown }).model).toBeUndefined();
  });
});

describe('YAML', () => {
  it('nests, and quotes what could be read as something else', () => {
    expect(toYaml({ a: { b: 1, c: 'x: y' }, no: true, list: ['a', 2], none: null, empty: {} })).toBe(
      'a:\n  b: 1\n  c: "x: y"\n"no": true\nlist:\n  - "a"\n  - 2\nnone: null\nempty: {}\n',
    );
  });
});
