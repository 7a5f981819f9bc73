import { checkOpenApiDocument } from '@ringdown/platform/rest-testing';
import { describe, expect, it } from 'vitest';
import type { DirectoryStore } from '../../ports/directory-store.js';
import { createRestApi } from './rest-api.js';

describe('the OpenAPI document of the directory', () => {
  const document = checkOpenApiDocument(
    createRestApi({
      store: {} as DirectoryStore,
      observer: { restRequest: () => undefined, imported: () => undefined },
    }),
  );

  it('never shows a hash or a password in an answer', () => {
    const subscriber = document.schema('Subscriber');
    expect(Object.keys(subscriber['properties'] as object)).not.toContain('password');
    expect(JSON.stringify(subscriber)).not.toMatch(/ha1/i);
  });
});
