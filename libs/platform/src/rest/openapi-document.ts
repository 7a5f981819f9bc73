import { OpenAPIRegistry, OpenApiGeneratorV31, type ResponseConfig } from '@asteasolutions/zod-to-openapi';
import type { Operation } from './operation.js';
import { problemView } from './schemas.js';

/** What the document says of itself. */
export interface DocumentNote {
  readonly title: string;
  readonly description: string;
}

/** The OpenAPI 3.1 document of these operations, from the schemas that validate them. */
export function openApiDocument(operations: readonly Operation[], { title, description }: DocumentNote) {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'RINGDOWN_ADMIN_TOKEN, printed at the start.',
  });
  for (const operation of operations) registerOperation(registry, operation);
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title,
      version: '1',
      description: `${description} Every PUT may be repeated: it says how things shall be. Errors are problem+json (RFC 9457) and name the field.`,
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
  });
}

function registerOperation(registry: OpenAPIRegistry, operation: Operation): void {
  const { id, tag, method, path, summary, description, params, query, body } = operation;
  registry.registerPath({
    operationId: id,
    tags: [tag],
    method: method.toLowerCase() as Lowercase<typeof method>,
    path,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(operation.open === true ? { security: [] } : {}),
    request: {
      params,
      query,
      ...(body === undefined
        ? {}
        : {
            body: {
              required: operation.bodyOptional !== true,
              content:
                body === 'text/csv'
                  ? {
                      'text/csv': {
                        schema: { type: 'string', example: 'username,password\nalice,secret-1\nbob,secret-2\n' },
                      },
                    }
                  : { 'application/json': { schema: body } },
            },
          }),
    },
    responses: responsesOf(operation),
  });
}

function responsesOf({ method, responses, open, params, body }: Operation): Record<string, ResponseConfig> {
  const answers: Record<string, ResponseConfig> = {};
  for (const [status, { description, schema, csvExample }] of Object.entries(responses)) {
    const content = {
      ...(schema === undefined ? {} : { 'application/json': { schema } }),
      ...(csvExample === undefined ? {} : { 'text/csv': { schema: { type: 'string' as const, example: csvExample } } }),
    };
    answers[status] = Object.keys(content).length === 0 ? { description } : { description, content };
  }
  if (open === true) return answers;
  const problemAnswer = (description: string): ResponseConfig => ({
    description,
    content: { 'application/problem+json': { schema: problemView } },
  });
  answers['400'] = problemAnswer('The path, the query or the JSON is malformed.');
  answers['401'] = problemAnswer('The key is missing or wrong.');
  if (Object.keys(params.shape).length > 0) answers['404'] = problemAnswer('There is no such thing.');
  if (body !== undefined) {
    answers['413'] = problemAnswer('The body is too large.');
    answers['415'] = problemAnswer('The content type is not one that is taken here.');
    answers['422'] = problemAnswer('The body can be read, but not be done; "errors" names the fields.');
  }
  if (method === 'PUT' || method === 'PATCH' || method === 'DELETE')
    answers['409'] = problemAnswer('It contradicts what is there.');
  answers['503'] = problemAnswer('The database is away for the moment; Retry-After says when to try again.');
  return answers;
}
