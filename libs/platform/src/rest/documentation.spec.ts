import { ask } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Health } from '../health.js';
import { HttpServer } from '../http-server.js';
import { silentLogger } from '../logger.js';
import { restPart } from './rest-part.js';

describe('the documentation', () => {
  let server: HttpServer;
  let url: string;

  beforeAll(async () => {
    const logger = silentLogger();
    const part = restPart([], { adminToken: 'key', logger });
    server = await HttpServer.create({ logger, health: new Health(), registries: () => [], parts: [part] });
    url = `http://127.0.0.1:${(await server.listen({ host: '127.0.0.1', port: 0 })).port}`;
  });
  afterAll(() => server?.stop());

  it('is a page that loads only from here, without the key', async () => {
    const page = await ask(url, 'GET', '/docs', { key: null });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
    expect(links).toHaveLength(4);
    for (const link of links) {
      expect(link).toMatch(/^\/docs\//);
      const asset = await ask(url, 'GET', link, { key: null });
      expect([link, asset.status]).toEqual([link, 200]);
      expect(asset.text.length).toBeGreaterThan(100);
    }
    expect((await ask(url, 'GET', '/docs/start.js', { key: null })).text).toContain("'/v1/openapi.json'");
  });

  it('has the document, without the key', async () => {
    const document = await ask(url, 'GET', '/v1/openapi.json', { key: null });
    expect([document.status, document.json['openapi']]).toEqual([200, '3.1.0']);
  });

  it.each(['package.json', 'index.js', '..%2fpackage.json', '%2e%2e', 'constructor', '__proto__'])(
    'gives away no other file: %s',
    async (name) => {
      const refused = await ask(url, 'GET', `/docs/${name}`, { key: null });
      expect([404, 400]).toContain(refused.status);
      expect(refused.text).not.toContain('"dependencies"');
    },
  );
});
