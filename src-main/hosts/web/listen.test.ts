import { describe, expect, it } from 'vitest';
import { listenAddress, portFromEnv } from './listen.ts';

describe('--listen', () => {
  it.each([
    [undefined, {}, null],
    [undefined, { RUNE_API_HOST: '127.0.0.1' }, null],
    ['127.0.0.1', {}, { host: '127.0.0.1', port: 8080, beyondLoopback: false }],
    ['localhost:9000', {}, { host: 'localhost', port: 9000, beyondLoopback: false }],
    ['0.0.0.0', { RUNE_API_PORT: '9001' }, { host: '0.0.0.0', port: 9001, beyondLoopback: true }],
    ['0.0.0.0:0', { RUNE_API_PORT: '9001' }, { host: '0.0.0.0', port: 0, beyondLoopback: true }],
    ['::', {}, { host: '::', port: 8080, beyondLoopback: true }],
    ['[::1]:81', {}, { host: '::1', port: 81, beyondLoopback: false }],
    ['gpu-box', {}, { host: 'gpu-box', port: 8080, beyondLoopback: true }],
    [true, { RUNE_API_HOST: '0.0.0.0' }, { host: '0.0.0.0', port: 8080, beyondLoopback: true }],
  ])('%s with %j is %j', (asked, env, address) => {
    expect(listenAddress(asked, env)).toEqual(address);
  });

  it.each([
    [undefined, { RUNE_API_HOST: '0.0.0.0' }, 'http.refused'],
    [true, {}, 'request.invalid'],
    ['a b', {}, 'request.invalid'],
    ['0.0.0.0:99999', {}, 'request.invalid'],
    ['http://x', {}, 'request.invalid'],
  ])('%s with %j is %s', (asked, env, code) => {
    expect(() => listenAddress(asked, env)).toThrow(expect.objectContaining({ code }));
  });

  it('takes the port of RUNE_API_PORT', () => {
    expect(portFromEnv({})).toBeNull();
    expect(portFromEnv({ RUNE_API_PORT: '8080' })).toBe(8080);
    expect(() => portFromEnv({ RUNE_API_PORT: 'http' })).toThrow(/RUNE_API_PORT/);
  });
});
