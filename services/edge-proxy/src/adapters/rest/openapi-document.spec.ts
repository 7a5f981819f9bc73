import { checkOpenApiDocument } from '@ringdown/platform/rest-testing';
import { describe } from 'vitest';
import { createRestApi } from './rest-api.js';

describe('the OpenAPI document of an edge', () => {
  checkOpenApiDocument(
    createRestApi({
      rehearsal: { run: () => Promise.reject(new Error('nobody asks')) },
      observer: { restRequest: () => undefined },
    }),
  );
});
