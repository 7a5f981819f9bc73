import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logger.js';
import { ServiceError } from '../service-error.js';
import { type Problem, ProblemException, problem } from './problem.js';

// Long enough for a restart of Postgres, short enough for whoever waits.
const RETRY_AFTER_SEC = '2';

interface Answer {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

/** Writes every error of the HTTP server as problem+json (RFC 9457), and logs those that are bugs. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger: Logger;
  readonly #allowedMethods: (path: string) => readonly string[];

  /** `allowedMethods`: what a path can be asked with; empty where there is no such path. */
  constructor(logger: Logger, allowedMethods: (path: string) => readonly string[]) {
    this.#logger = logger;
    this.#allowedMethods = allowedMethods;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const answer = this.#answer(error, http.getRequest<FastifyRequest>());
    void reply
      .status(answer.problem.status)
      .headers(answer.headers)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(JSON.stringify(answer.problem));
  }

  #answer(error: unknown, request: FastifyRequest): Answer {
    if (error instanceof ProblemException) return error;
    if (error instanceof ServiceError) return this.#serviceError(error);
    const status = statusOf(error);
    if (status === 404) return this.#noSuchPath(request);
    if (status !== undefined && status >= 400 && status < 500) {
      return { problem: problem(status, clientDetail(error, status)), headers: {} };
    }
    this.#logger.error('A request failed unexpectedly', { method: request.method, url: request.url, error });
    return { problem: problem(500, 'The server failed; its log says why.'), headers: {} };
  }

  #serviceError(error: ServiceError): Answer {
    switch (error.code) {
      case 'unavailable':
      case 'deadline':
      case 'resource-exhausted':
        return {
          problem: problem(503, `${error.message}; try again soon.`),
          headers: { 'retry-after': RETRY_AFTER_SEC },
        };
      default:
        this.#logger.error('A request failed unexpectedly', { error });
        return { problem: problem(500, 'The server failed; its log says why.'), headers: {} };
    }
  }

  #noSuchPath(request: FastifyRequest): Answer {
    const path = request.url.split('?', 1)[0]!;
    const methods = this.#allowedMethods(path);
    if (methods.length === 0) return { problem: problem(404, `There is nothing at ${path}; see /docs.`), headers: {} };
    // RFC 9110 §15.5.6: the path exists, and Allow says what it takes.
    const allow = methods.join(', ');
    return { problem: problem(405, `${path} takes ${allow}, not ${request.method}.`), headers: { allow } };
  }
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status: unknown = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (typeof status === 'number') return status;
  return error instanceof SyntaxError ? 400 : undefined;
}

function clientDetail(error: unknown, status: number): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return 'The body is empty; a JSON object is needed.';
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return 'The body is too large; at most 1 MiB is taken here.';
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'The content type is not one that is taken here; send application/json.';
    case 'FST_ERR_BAD_URL':
      return 'The URL is malformed; check its percent-encoding.';
    default:
      break;
  }
  if (status === 400 && error instanceof Error) return `The body is no JSON: ${error.message}`;
  return error instanceof Error ? error.message : 'The request can not be served.';
}
