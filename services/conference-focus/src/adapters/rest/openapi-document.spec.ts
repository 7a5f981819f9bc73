import { checkOpenApiDocument } from '@ringdown/platform/rest-testing';
import { describe, expect, it } from 'vitest';
import type { RoomStore } from '../../ports/room-store.js';
import { FakeTenants } from '../../testing/fake-tenants.js';
import { createRestApi } from './rest-api.js';

describe('the OpenAPI document of conferences', () => {
  const document = checkOpenApiDocument(
    createRestApi({
      rooms: { store: {} as RoomStore, tenants: new FakeTenants(), randomBytes: (length) => new Uint8Array(length) },
      service: {} as never,
      observer: { restRequest: () => undefined },
    }),
  );

  it('never shows a PIN in an answer', () => {
    const fields = Object.keys(document.schema('Room')['properties'] as object);
    expect(fields).toEqual(expect.arrayContaining(['hasPin', 'hasModeratorPin']));
    expect(fields).not.toContain('pin');
    expect(fields).not.toContain('moderatorPin');
  });
});
