import { checkOpenApiDocument } from '@ringdown/platform/rest-testing';
import { describe, expect, it } from 'vitest';
import { createRestApi } from './rest-api.js';

describe('the OpenAPI document of location', () => {
  const document = checkOpenApiDocument(
    createRestApi({ service: {} as never, observer: { restRequest: () => undefined } }),
  );

  it('shows nothing that names a flow within the platform', () => {
    const fields = JSON.stringify(document.schema('Binding'));
    for (const internal of ['flowToken', 'incarnation', 'bindingKey']) expect(fields).not.toContain(internal);
  });
});
