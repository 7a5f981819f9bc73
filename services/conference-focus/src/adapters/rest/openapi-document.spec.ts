import { Health, HttpServer, silentLogger } from '@ringdown/platform';
import { allOperations, openApiDocument, restPart, routerPath } from '@ringdown/platform/rest';
import { describe, expect, it } from 'vitest';
import type { RoomStore } from '../../ports/room-store.js';
import { FakeTenants } from '../../testing/fake-tenants.js';
import { createRestApi } from './rest-api.js';

type Json = Readonly<Record<string, unknown>>;
const api = createRestApi({
  rooms: { store: {} as RoomStore, tenants: new FakeTenants(), randomBytes: (length) => new Uint8Array(length) },
  service: {} as never,
  observer: { restRequest: () => undefined },
});
const operations = allOperations([api]);
const document = JSON.parse(JSON.stringify(openApiDocument(operations, api))) as Json;
const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Json>>>>;
const documented = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

function* nodes(value: unknown): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  yield value as Json;
  for (const child of Object.values(value)) yield* nodes(child);
}

describe('the OpenAPI document of conferences', () => {
  it('documents every route that the server has, and no others', async () => {
    const routes = new Set<string>();
    const logger = silentLogger();
    const { module } = restPart([api], { adminToken: 'x', logger });
    const configure = (app: HttpServer['app']): void => {
      const server = app.getHttpAdapter().getInstance();
      server.addHook('onRoute', ({ method, url }) => {
        for (const one of [method].flat()) if (one !== 'HEAD') routes.add(`${one} ${url}`);
      });
    };
    const parts = [{ module, configure }];
    const server = await HttpServer.create({ logger, health: new Health(), registries: () => [], parts });
    await server.app.init();
    await server.stop();
    const own = [...routes].filter((route) => / \/(?:v1|docs)(?:\/|$)/.test(route));
    expect(own.sort()).toEqual(documented.map(({ method, path }) => `${method} ${routerPath(path)}`).sort());
    expect(own).toHaveLength(operations.length);
  });

  it('has an id of its own for each operation, and every parameter of each path', () => {
    expect(new Set(documented.map(({ operation }) => operation['operationId'])).size).toBe(documented.length);
    for (const { path, operation } of documented) {
      const declared = ((operation['parameters'] ?? []) as Json[]).filter((parameter) => parameter['in'] === 'path');
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(declared.map((parameter) => parameter['name'])).toEqual(named);
      expect(operation).toMatchObject({ summary: expect.any(String), tags: [expect.any(String)] });
    }
  });

  it('refers only to what is there', () => {
    const references = [...nodes(document)].flatMap((node) => (typeof node['$ref'] === 'string' ? [node['$ref']] : []));
    expect(references.length).toBeGreaterThan(10);
    for (const reference of references) {
      const target = reference
        .replace(/^#\//, '')
        .split('/')
        .reduce<unknown>((at, key) => (at as Json | undefined)?.[key], document);
      expect([reference, typeof target]).toEqual([reference, 'object']);
    }
  });

  it('never shows a PIN in an answer', () => {
    const { Room } = (document['components'] as Record<string, Record<string, Json>>)['schemas']!;
    const fields = Object.keys(Room!['properties'] as Json);
    expect(fields).toEqual(expect.arrayContaining(['hasPin', 'hasModeratorPin']));
    expect(fields).not.toContain('pin');
    expect(fields).not.toContain('moderatorPin');
  });
});
