import { describe, expect, it } from 'vitest';
import { failureOf } from '#core/testing/recorded-spans.ts';
import type { DriverSetting } from '#shared/contract/settings.ts';
import { commandWords, driversInEnvironment, driverUrl, resolveDriver } from './config.ts';
import { driverEnvironment, invocationTimeoutMs } from './environment.ts';
import { redact, secretValues } from './redact.ts';

const setting: DriverSetting = {
  agent: 'holmes',
  mode: 'http',
  command: null,
  url: 'http://drivers.example',
  tenant: 'team',
  token_secret: 'holmes-token',
  pass_env: ['EXTRA'],
};

describe('the configuration of a driver', () => {
  it("is RUNE's own command where nothing is said", () => {
    expect(resolveDriver('holmes', {}, [])).toMatchObject({
      configured_by: 'default',
      mode: 'stdio',
      command: 'python -m rune_bench.drivers.holmes',
      tenant: 'default',
    });
  });

  it('comes from the settings, and the environment goes before them', () => {
    expect(resolveDriver('holmes', {}, [setting])).toMatchObject({
      configured_by: 'settings',
      mode: 'http',
      url: 'http://drivers.example',
      tenant: 'team',
      token_secret: 'holmes-token',
      passEnv: ['EXTRA'],
    });
    expect(resolveDriver('holmes', { RUNE_HOLMES_DRIVER_CMD: 'holmes-driver' }, [setting])).toMatchObject({
      configured_by: 'environment',
      mode: 'stdio',
      command: 'holmes-driver',
    });
  });

  it('never sends a token to an address it was not stored for', () => {
    const moved = resolveDriver('holmes', { RUNE_HOLMES_DRIVER_URL: 'http://other.example' }, [setting]);
    expect(moved).toMatchObject({ mode: 'http', url: 'http://other.example', token_secret: null });
  });

  it('reads modes in any case, _TYPE as an alias, and what RUNE does not know as stdio', () => {
    const mode = (env: Record<string, string>) => resolveDriver('my-agent', env, []).mode;
    expect(mode({ RUNE_MY_AGENT_DRIVER_MODE: 'HTTP' })).toBe('http');
    expect(mode({ RUNE_MY_AGENT_DRIVER_TYPE: 'Browser' })).toBe('browser');
    expect(mode({ RUNE_MY_AGENT_DRIVER_MODE: 'carrier pigeon' })).toBe('stdio');
    expect(mode({ RUNE_MY_AGENT_DRIVER_URL: 'http://x' })).toBe('http');
  });

  it('splits a command into POSIX words and runs no shell', async () => {
    const words = (command: string) => commandWords(resolveDriver('x', { RUNE_X_DRIVER_CMD: command }, []));
    expect(words(`python3 -c 'print("a b")' --x "c\\"d" e\\ f`)).toEqual([
      'python3',
      '-c',
      'print("a b")',
      '--x',
      'c"d',
      'e f',
    ]);
    expect(words('echo $HOME | cat > /tmp/x; rm *')).toEqual([
      'echo',
      '$HOME',
      '|',
      'cat',
      '>',
      '/tmp/x;',
      'rm',
      '*',
    ]);
    expect((await failureOf(async () => words(`echo 'open`))).code).toBe('driver.spawn_failed');
  });

  it('completes an address without a scheme and drops credentials from it', async () => {
    const url = (value: string) => driverUrl(resolveDriver('x', { RUNE_X_DRIVER_URL: value }, []));
    expect(url('drivers:9000/base/')).toBe('http://drivers:9000/base');
    expect(url('https://me:pw@drivers/?token=t')).toBe('https://drivers');
    const failure = await failureOf(async () =>
      driverUrl(resolveDriver('x', { RUNE_X_DRIVER_MODE: 'http' }, [])),
    );
    expect(failure).toMatchObject({ code: 'agent.not_configured' });
    expect(failure.message).toContain('RUNE_X_DRIVER_URL');
  });

  it('finds every name that has a driver in the environment', () => {
    const env = {
      RUNE_MINE_DRIVER_CMD: 'x',
      RUNE_MY_OWN_DRIVER_URL: 'y',
      RUNE_EMPTY_DRIVER_CMD: ' ',
      PATH: '/',
    };
    expect(driversInEnvironment(env)).toEqual(['mine', 'my_own']);
  });
});

describe('the environment of a driver', () => {
  it('holds what programs need, its own variables, what it declares and what is passed by name', () => {
    const env = {
      PATH: '/bin',
      LC_ALL: 'C',
      https_proxy: 'http://proxy',
      KUBECONFIG: '/k',
      RUNE_HOLMES_API_KEY: 'own',
      RUNE_HOLMES_DRIVER_TOKEN: 'ours',
      RUNE_CLERIC_API_KEY: 'another agent',
      AWS_SECRET_ACCESS_KEY: 'nobody',
      OPENAI_API_KEY: 'declared',
      EXTRA: 'passed',
    };
    const seen = driverEnvironment(env, {
      agent: 'holmes',
      declared: ['OPENAI_API_KEY'],
      passEnv: ['EXTRA'],
      extra: { FOUND: 'in the keychain' },
    });
    expect(seen).toEqual({
      PATH: '/bin',
      LC_ALL: 'C',
      https_proxy: 'http://proxy',
      KUBECONFIG: '/k',
      RUNE_HOLMES_API_KEY: 'own',
      OPENAI_API_KEY: 'declared',
      EXTRA: 'passed',
      FOUND: 'in the keychain',
    });
  });

  it("has RUNE's time limit, clamped", () => {
    const limit = (value?: string) => invocationTimeoutMs({ RUNE_DRIVER_INVOCATION_TIMEOUT: value });
    expect(['', 'soon', '5', '60', '99999'].map(limit)).toEqual([
      180_000, 180_000, 10_000, 60_000, 1_800_000,
    ]);
    expect(limit()).toBe(180_000);
  });
});

describe('redaction', () => {
  it('takes out given values and what looks like a credential, and leaves the rest', () => {
    const values = secretValues({
      PASSED_BY_NAME: 'abcdef123',
      PATH: '/usr/bin',
      SHORT_KEY: 'abc',
      RUNE_X_BASE_URL: 'http://x.example',
    });
    expect(values).toEqual(['abcdef123']);
    const text =
      'key abcdef123, Authorization: Bearer eyJhbGciOi.x, https://u:p@host/?api_key=zzzzzz, token="tttttt", client-key-data: LS0tLS1CRUdJ, sk-ABCDEFGHIJKLMNOPQRST';
    const clean = redact(text, values);
    for (const secret of ['abcdef123', 'eyJhbGciOi', 'u:p@', 'zzzzzz', 'tttttt', 'LS0tLS1', 'sk-ABCDEF']) {
      expect(clean).not.toContain(secret);
    }
    expect(redact('Traceback: 3 pods failed at /usr/bin/x', values)).toBe(
      'Traceback: 3 pods failed at /usr/bin/x',
    );
  });
});
