import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Inject, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { openApiDocument } from './openapi-document.js';
import { Handles, type Operation } from './operation.js';
import { ProblemException, problem } from './problem.js';
import { nothing } from './schemas.js';

/** The OpenAPI document that the controller serves. */
export const OPENAPI_DOCUMENT = Symbol('OpenApiDocument');

const tag = 'Documentation';

const document = {
  id: 'getOpenApiDocument',
  tag,
  method: 'GET',
  path: '/v1/openapi.json',
  summary: 'Read this document',
  params: nothing,
  query: nothing,
  responses: { 200: { description: 'The OpenAPI 3.1 document.', schema: z.object({ openapi: z.string() }).loose() } },
  open: true,
} as const satisfies Operation;

const page = {
  id: 'getDocumentation',
  tag,
  method: 'GET',
  path: '/docs',
  summary: 'Read the documentation in a browser',
  params: nothing,
  query: nothing,
  responses: { 200: { description: 'A page.' } },
  open: true,
} as const satisfies Operation;

const asset = {
  id: 'getDocumentationAsset',
  tag,
  method: 'GET',
  path: '/docs/{asset}',
  summary: 'What the documentation page is made of',
  params: z.object({ asset: z.string() }),
  query: nothing,
  responses: { 200: { description: 'A file.' } },
  open: true,
} as const satisfies Operation;

const pageOf = (title: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({
  url: '/v1/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  persistAuthorization: true,
  validatorUrl: null,
});
`;

/** Files of swagger-ui-dist that the page uses, and no others. */
const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

// Everything comes from here: the page works without a network. The bundle styles its elements inline.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The OpenAPI document and the page that shows it. */
@Controller()
export class DocumentationController {
  static readonly operations: readonly Operation[] = [document, page, asset];
  readonly #document: ReturnType<typeof openApiDocument>;
  readonly #folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

  constructor(@Inject(OPENAPI_DOCUMENT) document: ReturnType<typeof openApiDocument>) {
    this.#document = document;
  }

  @Handles(document)
  document(): object {
    return this.#document;
  }

  @Handles(page)
  page(@Res({ passthrough: true }) reply: FastifyReply): string {
    reply.header('content-type', 'text/html; charset=utf-8').header('content-security-policy', POLICY);
    return pageOf(this.#document.info.title);
  }

  @Handles(asset)
  async asset(@Param('asset') name: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<string | Buffer> {
    const type =
      name === 'start.js' ? 'text/javascript; charset=utf-8' : Object.hasOwn(FILES, name) ? FILES[name] : undefined;
    if (type === undefined) throw new ProblemException(problem(404, `There is nothing at /docs/${name}; see /docs.`));
    reply
      .header('content-type', type)
      .header('cache-control', 'max-age=3600')
      .header('x-content-type-options', 'nosniff');
    return name === 'start.js' ? START : readFile(join(this.#folder, name));
  }
}
