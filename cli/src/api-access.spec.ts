import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiAccess } from './api-access.js';

describe('apiAccess', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringdown-cli-'));
    mkdirSync(join(folder, '.ringdown'));
    writeFileSync(join(folder, '.ringdown', 'secrets.json'), JSON.stringify({ adminToken: 'kept' }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['nothing but the data of npm start', {}, 'http://127.0.0.1:8080', 'kept'],
    [
      'both settings',
      { RINGDOWN_API_URL: 'https://api.example/', RINGDOWN_ADMIN_TOKEN: 'k' },
      'https://api.example',
      'k',
    ],
    [
      'a path',
      { RINGDOWN_API_URL: 'https://x.example/voice/', RINGDOWN_ADMIN_TOKEN: 'k' },
      'https://x.example/voice',
      'k',
    ],
    ['another port here', { RINGDOWN_API_URL: 'http://[::1]:9999' }, 'http://[::1]:9999', 'kept'],
  ])('takes %s', (_name, environment, url, adminToken) => {
    expect(apiAccess(environment, folder)).toEqual({ url, adminToken });
  });

  it.each(['http://10.0.0.1:8080', 'http://127.evil.example', 'http://localhost.evil.example'])(
    "tells %s nothing of this host's key",
    (url) => {
      expect(() => apiAccess({ RINGDOWN_API_URL: url }, folder)).toThrow('RINGDOWN_ADMIN_TOKEN is missing');
    },
  );

  it('prefers the URL of the command line', () => {
    expect(apiAccess({ RINGDOWN_API_URL: 'http://127.0.0.1:1' }, folder, 'http://127.0.0.1:2').url).toBe(
      'http://127.0.0.1:2',
    );
  });

  it.each(['127.0.0.1:8080', 'ftp://x', 'x'])('refuses %s as a URL', (url) => {
    expect(() => apiAccess({ RINGDOWN_API_URL: url }, folder)).toThrow('RINGDOWN_API_URL must be');
  });
});
