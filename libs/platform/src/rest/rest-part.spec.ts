import { ADMIN_TOKEN, ask } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Health } from '../health.js';
import { HttpServer } from '../http-server.js';
import { silentLogger } from '../logger.js';
import { cats, dogs, told } from '../testing/rest-apis.js';
import { restPart } from './rest-part.js';

describe('the REST API of a process with two services', () => {
  let server: HttpServer;
  let url: string;

  beforeAll(async () => {
    const logger = silentLogger();
    const parts = [restPart([cats, dogs], { adminToken: ADMIN_TOKEN, logger })];
    server = await HttpServer.create({ logger, health: new Health(), registries: () => [], parts });
    url = `http://127.0.0.1:${(await server.listen({ host: '127.0.0.1', port: 0 })).port}`;
  });
  afterAll(() => server?.stop());

  it('serves both, and tells each how its own requests went', async () => {
    expect((await ask(url, 'GET', '/v1/cats/tom')).json).toEqual({ cat: 'tom' });
    expect((await ask(url, 'PATCH', '/v1/dogs/rex', { json: { age: 3 } })).json).toEqual({ dog: 'rex', age: 3 });
    expect((await ask(url, 'PATCH', '/v1/dogs/rex', { json: { age: 'old' } })).json).toMatchObject({
      status: 422,
      errors: [{ field: 'age', detail: 'must be a whole number' }],
    });
    expect((await ask(url, 'GET', '/v1/nothing')).status).toBe(404);
    await vi.waitFor(() =>
      expect(told).toEqual([
        ['cats', 'getCat', 200],
        ['dogs', 'changeDog', 200],
        ['dogs', 'changeDog', 422],
        ['cats', 'unknown', 404],
      ]),
    );
  });

  it('asks for one key, and knows what each path takes', async () => {
    expect((await ask(url, 'PATCH', '/v1/dogs/rex', { key: null })).status).toBe(401);
    expect((await ask(url, 'GET', '/v1/cats/tom', { key: 'wrong' })).status).toBe(401);
    const refused = await ask(url, 'DELETE', '/v1/dogs/rex');
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'PATCH']);
  });

  it('has one document, with the name of the platform', async () => {
    const { json } = await ask(url, 'GET', '/v1/openapi.json', { key: null });
    expect(json['info']).toMatchObject({
      title: 'Ringdown',
      description: expect.stringMatching(/^What purrs\. What barks\./),
    });
    expect(Object.keys(json['paths'] as object)).toEqual([
      '/v1/cats/{name}',
      '/v1/dogs/{name}',
      '/v1/openapi.json',
      '/docs',
      '/docs/{asset}',
    ]);
    expect((await ask(url, 'GET', '/docs', { key: null })).text).toContain('<title>Ringdown</title>');
  });
});
