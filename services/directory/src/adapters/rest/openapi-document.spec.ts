import { Health, HttpServer, silentLogger } from '@ringdown/platform';
import { allOperations, openApiDocument, restPart, routerPath } from '@ringdown/platform/rest';
import { describe, expect, it } from 'vitest';
import type { DirectoryStore } from '../../ports/directory-store.js';
import { createRestApi } from './rest-api.js';

type Json = Readonly<Record<string, unknown>>;
const api = createRestApi({
  store: {} as DirectoryStore,
  observer: { restRequest: () => undefined, imported: () => undefined },
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

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 with a title and a version', () => {
    expect(document['openapi']).toBe('3.1.0');
    expect(document['info']).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  });

  it('documents every route that the server has, and no others', async () => {
    const routes = new Set<string>();
    const part = restPart([api], { adminToken: 'x', logger: silentLogger() });
    const server = await HttpServer.create({
      logger: silentLogger(),
      health: new Health(),
      registries: () => [],
      parts: [
        {
          module: part.module,
          configure(app) {
            app
              .getHttpAdapter()
              .getInstance()
              .addHook('onRoute', ({ method, url }) => {
                for (const one of [method].flat()) if (one !== 'HEAD') routes.add(`${one} ${url}`);
              });
          },
        },
      ],
    });
    await server.app.init();
    await server.stop();
    const own = [...routes].filter((route) => / \/(?:v1|docs)(?:\/|$)/.test(route));
    expect(own.sort()).toEqual(documented.map(({ method, path }) => `${method} ${routerPath(path)}`).sort());
    expect(own.length).toBe(operations.length);
  });

  it('has an id of its own, a summary and a tag for each operation', () => {
    const ids = documented.map(({ operation }) => operation['operationId']);
    expect(new Set(ids).size).toBe(documented.length);
    for (const { operation } of documented)
      expect(operation).toMatchObject({ summary: expect.any(String), tags: [expect.any(String)] });
  });

  it('declares every parameter of a path, as required', () => {
    for (const { path, operation } of documented) {
      const declared = ((operation['parameters'] ?? []) as Json[]).filter((parameter) => parameter['in'] === 'path');
      expect(declared.map((parameter) => parameter['name'])).toEqual(
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      );
      for (const parameter of declared) expect(parameter['required']).toBe(true);
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

  it('describes every response, and errors as problem+json', () => {
    for (const { operation } of documented) {
      for (const [status, response] of Object.entries(operation['responses'] as Record<string, Json>)) {
        expect(response['description']).toEqual(expect.any(String));
        const types = Object.keys((response['content'] ?? {}) as Json);
        expect([status, types]).toEqual([status, Number(status) < 400 ? types : ['application/problem+json']]);
      }
    }
  });

  it('asks for the key everywhere under /v1 but for itself', () => {
    expect(document['security']).toEqual([{ key: [] }]);
    const open = documented.filter(({ operation }) => 'security' in operation).map(({ path }) => path);
    expect(open).toEqual(['/v1/openapi.json', '/docs', '/docs/{asset}']);
  });

  it('never shows a hash or a password in an answer', () => {
    const { Subscriber } = (document['components'] as Record<string, Record<string, Json>>)['schemas']!;
    expect(Object.keys(Subscriber!['properties'] as Json)).not.toContain('password');
    expect(JSON.stringify(Subscriber)).not.toMatch(/ha1/i);
  });
});
