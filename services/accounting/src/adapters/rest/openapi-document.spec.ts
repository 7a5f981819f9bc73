import { checkOpenApiDocument } from '@ringdown/platform/rest-testing';
import { describe, expect, it } from 'vitest';
import type { RecordReader } from '../../ports/record-reader.js';
import type { WebhookStore } from '../../ports/webhook-store.js';
import { createRestApi } from './rest-api.js';

describe('the OpenAPI document of accounting', () => {
  const document = checkOpenApiDocument(
    createRestApi({
      reader: {} as RecordReader,
      webhooks: { store: {} as WebhookStore, targets: 'public' },
      observer: { restRequest: () => undefined },
    }),
  );

  it('never shows a secret in an answer', () => {
    const fields = Object.keys(document.schema('Webhook')['properties'] as object);
    expect(fields).toContain('lastFailure');
    expect(fields).not.toContain('secret');
  });
});
