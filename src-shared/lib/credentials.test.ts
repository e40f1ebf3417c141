import { describe, expect, it } from 'vitest';
import { commandHoldsCredential, urlHoldsCredential } from './credentials.ts';

describe('a credential in an address', () => {
  it.each([
    'http://me:pw@host',
    'me@host:11434',
    'http://host/?api_key=x',
    'http://host/v1?a=1&X-Amz-Signature=x',
    'http://host/?sig=x',
    'http://host/#access_token=x',
  ])('is seen in %s', (url) => expect(urlHoldsCredential(url)).toBe(true));

  it.each([
    'http://host:11434/v1',
    'localhost:11434',
    'http://host/?model=x&page=2',
    'http://host/#top',
    'not a url',
  ])('is not seen in %s', (url) => expect(urlHoldsCredential(url)).toBe(false));
});

describe('a credential in a command', () => {
  it.each([
    'run --api-key abcdefgh123',
    'run --token=abcdefgh123',
    "run --password 'correct horse'",
    'env OPENAI_API_KEY=abcdefgh123 run',
    'run sk-abcdefghijklmnopqrstuv',
    'curl -H "Authorization: Bearer abcdefgh123"',
    'run --url http://me:pw@host',
  ])('is seen in %s', (command) => expect(commandHoldsCredential(command)).toBe(true));

  it.each([
    'python -m rune_bench.drivers.holmes',
    'run --token-file /etc/token --max-tokens 40960000 --password-stdin',
    'run --api-key-env OPENAI_API_KEY --token $OPENAI_TOKEN --secret @secrets.json',
    'run --password /run/secrets/password --url http://host:8080/v1',
    "node '/home/someone/drivers/tokeniser with spaces.mjs' good",
  ])('is not seen in %s', (command) => expect(commandHoldsCredential(command)).toBe(false));
});
