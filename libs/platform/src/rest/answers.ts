import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { formatCursor } from '../commands/cursor.js';
import type { Outcome } from '../commands/failure.js';
import type { Page, PageRequest } from '../commands/page.js';
import type { Put } from '../commands/put.js';
import type { OperationResponse } from './operation.js';
import { failureProblem, ProblemException, problem } from './problem.js';
import type { pageQuery } from './schemas.js';

/** The value of an outcome; a failure is thrown for the filter to write. */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new ProblemException(failureProblem(outcome.failure));
}

/** The entity, or 404 with a sentence. */
export function found<T>(entity: T | undefined, what: string): T {
  if (entity !== undefined) return entity;
  throw new ProblemException(problem(404, `there is no ${what}`));
}

/** Answers a PUT: 201 with Location for what is new, 200 otherwise. */
export function answerPut<T>(reply: FastifyReply, location: string, outcome: Outcome<Put<T>>): T {
  const { entity, effect } = valueOf(outcome);
  if (effect === 'created') reply.status(201).header('location', location);
  else reply.status(200);
  return entity;
}

/** A page as it is sent. */
export function pageView<T>({ items, next }: Page<T>): { readonly items: readonly T[]; readonly next: string | null } {
  return { items, next: next === undefined ? null : formatCursor(next) };
}

export function pageRequest({ limit, cursor }: z.output<typeof pageQuery>): PageRequest {
  return { limit, after: cursor };
}

/** The responses of a PUT. */
export function putResponses(schema: z.ZodType): Record<number, OperationResponse> {
  return {
    200: { description: 'It was there; it is now as asked.', schema },
    201: { description: 'It was created.', schema },
  };
}
