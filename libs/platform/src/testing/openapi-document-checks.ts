import { expect, it } from 'vitest';
import { Health } from '../health.js';
import { HttpServer } from '../http-server.js';
import { silentLogger } from '../logger.js';
import { openApiDocument } from '../rest/openapi-document.js';
import { routerPath } from '../rest/operation.js';
import { allOperations, type RestApi, restPart } from '../rest/rest-part.js';

type Json = Readonly<Record<string, unknown>>;

/** A service's OpenAPI document, as its readers get it. */
export interface CheckedDocument {
  /** The schema of that name. Throws where there is none. */
  schema(name: string): Json;
}

/**
 * Declares, within a `describe`, the tests that the OpenAPI document of every service must pass: it says what the server serves and
 * nothing else, and all that its readers need. Returns the document for the service's own tests.
 */
export function checkOpenApiDocument(api: RestApi): CheckedDocument {
  const operations = allOperations([api]);
  const document = JSON.parse(JSON.stringify(openApiDocument(operations, api))) as Json;
  const documented = Object.entries(
    document['paths'] as Readonly<Record<string, Readonly<Record<string, Json>>>>,
  ).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );

  it('is OpenAPI 3.1 with a title and a version', () => {
    expect(document['openapi']).toBe('3.1.0');
    expect(document['info']).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  });

  it('documents every route that the server has, and no others', async () => {
    const served = await servedRoutes(api);
    expect(served).toEqual(documented.map(({ method, path }) => `${method} ${routerPath(path)}`).sort());
    expect(served).toHaveLength(operations.length);
  });

  it('has an id of its own, a summary and a tag for each operation', () => {
    expect(new Set(documented.map(({ operation }) => operation['operationId'])).size).toBe(documented.length);
    for (const { operation } of documented)
      expect(operation).toMatchObject({ summary: expect.any(String), tags: [expect.any(String)] });
  });

  it('declares every parameter of a path, as required', () => {
    for (const { path, operation } of documented) {
      const declared = ((operation['parameters'] ?? []) as Json[]).filter((parameter) => parameter['in'] === 'path');
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(declared.map((parameter) => parameter['name'])).toEqual(named);
      for (const parameter of declared) expect(parameter['required']).toBe(true);
    }
  });

  it('refers only to what is there', () => {
    const references = [...nodes(document)].flatMap((node) => (typeof node['$ref'] === 'string' ? [node['$ref']] : []));
    expect(references.length).toBeGreaterThan(operations.length);
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

  const schemas = (document['components'] as Record<string, Record<string, Json>>)['schemas']!;
  return {
    schema(name) {
      const schema = schemas[name];
      if (schema === undefined) throw new Error(`the document has no schema ${name}`);
      return schema;
    },
  };
}

/** Every route of the REST API as the router has it, such as `GET /v1/tenants/:tenantId`, sorted. */
async function servedRoutes(api: RestApi): Promise<string[]> {
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
  return [...routes].filter((route) => / \/(?:v1|docs)(?:\/|$)/.test(route)).sort();
}

function* nodes(value: unknown): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  yield value as Json;
  for (const child of Object.values(value)) yield* nodes(child);
}
