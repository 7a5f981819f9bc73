import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  RequestMapping,
  RequestMethod,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { FieldError } from '../commands/parsed.js';
import { fieldProblem, ProblemException, problem } from './problem.js';

const methods = {
  GET: RequestMethod.GET,
  PUT: RequestMethod.PUT,
  POST: RequestMethod.POST,
  PATCH: RequestMethod.PATCH,
  DELETE: RequestMethod.DELETE,
} as const;

/** What one status code of an operation answers. */
export interface OperationResponse {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Where it is CSV: some lines of it. */
  readonly csvExample?: string;
}

/**
 * One operation of the API: the path that is routed, the schemas that validate and the texts of the documentation in one place,
 * so that they can't drift apart.
 */
export interface Operation {
  readonly id: string;
  readonly tag: string;
  readonly method: keyof typeof methods;
  /** With parameters in braces: /v1/tenants/{tenantId}. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  /** The JSON body, or a stream of CSV; undefined where none is read. */
  readonly body?: z.ZodObject | 'text/csv';
  /** Whether a missing body counts as an empty object. */
  readonly bodyOptional?: boolean;
  readonly responses: Readonly<Record<number, OperationResponse>>;
  /** Served without the key. */
  readonly open?: true;
}

/** What an operation's handler gets: everything checked and in canonical form. */
export interface InputOf<O extends Operation> {
  readonly params: z.output<O['params']>;
  readonly query: z.output<O['query']>;
  readonly body: O['body'] extends z.ZodObject ? z.output<O['body']> : undefined;
}

/** The path in the router's syntax: `{name}` is a parameter, a colon of its own is written twice. */
export function routerPath(path: string): string {
  return path.replaceAll(':', '::').replace(/\{(\w+)\}/g, ':$1');
}

/** Makes a controller's method serve an operation. */
export function Handles(operation: Operation): MethodDecorator {
  return applyDecorators(RequestMapping({ path: routerPath(operation.path), method: methods[operation.method] }));
}

/** Injects the checked input of an operation. A complaint about the path or query is 400, about the body 422. */
export const Input = createParamDecorator((operation: Operation, context: ExecutionContext) =>
  readInput(operation, context.switchToHttp().getRequest<FastifyRequest>()),
);

function readInput(operation: Operation, request: FastifyRequest): InputOf<Operation> {
  return {
    params: checked(operation.params, request.params ?? {}, 400),
    query: checked(operation.query, request.query ?? {}, 400),
    body: readBody(operation, request),
  } as InputOf<Operation>;
}

function readBody(operation: Operation, request: FastifyRequest): unknown {
  if (operation.body === undefined) return undefined;
  const contentType = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  const expected = operation.body === 'text/csv' ? 'text/csv' : 'application/json';
  if (contentType === '' && operation.bodyOptional === true && request.body === undefined) return {};
  if (contentType !== expected) {
    const detail = `The body must be ${expected}${contentType === '' ? '' : `, not ${contentType}`}.`;
    // RFC 9110 §15.5.16: Accept says what would be taken.
    throw new ProblemException(problem(415, detail), { accept: expected });
  }
  return operation.body === 'text/csv' ? undefined : checked(operation.body, request.body, 422);
}

function checked(schema: z.ZodObject, value: unknown, status: number): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ProblemException(fieldProblem(status, fieldErrors(result.error.issues, value)));
}

/** Every complaint about `value` as a field and a sentence. */
export function fieldErrors(issues: readonly z.core.$ZodIssue[], value: unknown): FieldError[] {
  return issues.flatMap((issue): FieldError[] => {
    const field = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: [...issue.path, key].join('.'),
        detail: 'is not a field that is known here',
      }));
    }
    if (issue.path.length === 0) return [{ field, detail: 'The body must be a JSON object' }];
    if (issue.code === 'invalid_type' && valueAt(value, issue.path) === undefined)
      return [{ field, detail: 'is missing' }];
    return [{ field, detail: issue.message }];
  });
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}
