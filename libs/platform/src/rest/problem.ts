import { STATUS_CODES } from 'node:http';
import type { Failure } from '../commands/failure.js';
import type { FieldError } from '../commands/parsed.js';

/** A field error of a body, or of a line of an import. */
export interface ProblemError {
  readonly field?: string;
  readonly line?: number;
  readonly detail: string;
}

/** RFC 9457 §3.1 problem details, with `errors` naming each field to blame. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly ProblemError[];
  /** How many errors there are where `errors` holds only the first of them. */
  readonly errorCount?: number;
}

/** Thrown within this adapter only; `ProblemFilter` writes it out. */
export class ProblemException extends Error {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: Problem, headers: Readonly<Record<string, string>> = {}) {
    super(problem.detail);
    this.name = 'ProblemException';
    this.problem = problem;
    this.headers = headers;
  }
}

/** RFC 9457 §4.2.1: with about:blank the title is the status code's phrase and `detail` says the rest. */
export function problem(status: number, detail: string, more: Pick<Problem, 'errors' | 'errorCount'> = {}): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, ...more };
}

/** `field` and `detail` of each error in one sentence, for readers who look at `detail` alone. */
export function fieldProblem(status: number, errors: readonly FieldError[]): Problem {
  const detail = errors.map(({ field, detail }) => (field === '' ? detail : `${field} ${detail}`)).join('; ');
  return problem(status, detail, { errors });
}

/** A command's failure as a problem. */
export function failureProblem(failure: Failure): Problem {
  switch (failure.kind) {
    case 'not-found':
      return problem(404, failure.detail);
    case 'invalid':
      // RFC 9110 §15.5.21: the body was understood, its content can't be processed.
      return fieldProblem(422, failure.errors);
    case 'conflict':
      return fieldProblem(409, failure.errors);
  }
}
