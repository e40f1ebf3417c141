import { describe, expect, it } from 'vitest';
import { cleanUrl } from './clean-url.ts';

describe('cleanUrl', () => {
  it('takes userinfo, query, fragment and closing slashes off', () => {
    expect(cleanUrl('https://me:pw@host.example:8443/v1/?api_key=s#x')).toBe('https://host.example:8443/v1');
    expect(cleanUrl('http://127.0.0.1:11434/')).toBe('http://127.0.0.1:11434');
  });

  it('assumes http where no scheme is given', () => {
    expect(cleanUrl(' gpu-box:11434 ')).toBe('http://gpu-box:11434');
    expect(cleanUrl('me:pw@gpu-box:11434')).toBe('http://gpu-box:11434');
  });

  it('refuses what is not an http address', () => {
    for (const value of ['', 'file:///etc/passwd', 'ftp://host', 'http://', 'not a url']) {
      expect(cleanUrl(value), value).toBeNull();
    }
  });
});
