import { describe, expect, it } from 'vitest';
import { connectProblem, urlHostPort } from './connect-problem.js';

function failure(code: string, cause?: unknown): Error {
  return Object.assign(new Error(`postgres://u:hunter2@h/x ${code}`, { cause }), { code });
}

describe('connectProblem', () => {
  it.each([
    ['ECONNREFUSED', 'unavailable', 'nothing listens there'],
    ['ENOTFOUND', 'unavailable', 'the host name is unknown'],
    ['28P01', 'invalid', 'it refuses the user name or the password'],
    ['3D000', 'invalid', 'it has no such database'],
  ])('knows %s', (code, kind, reason) => {
    expect(connectProblem(failure(code))).toEqual({ code: kind, reason });
    expect(connectProblem(new Error('outer', { cause: failure(code) }))).toEqual({ code: kind, reason });
    expect(connectProblem(new AggregateError([failure(code)]))).toEqual({ code: kind, reason });
  });

  it('knows a refusal of NATS', () => {
    const error = Object.assign(new Error('Authorization Violation'), { name: 'AuthorizationError' });
    expect(connectProblem(error)?.code).toBe('invalid');
  });

  it('knows nothing of other errors, also where they go in a circle', () => {
    const circle = failure('42P01');
    circle.cause = circle;
    for (const error of [new TypeError('x'), 'text', undefined, circle]) expect(connectProblem(error)).toBeUndefined();
  });
});

describe('urlHostPort', () => {
  it.each([
    ['postgres://u:hunter2@db.example:5433/x', 'db.example:5433'],
    ['postgres://u:hunter2@db.example/x', 'db.example:5432'],
    ['postgres://u@[::1]/x', '[::1]:5432'],
    ['postgres:///x?host=/run/postgresql', '/run/postgresql:5432'],
    ['nats://secret-token@127.0.0.1:4222', '127.0.0.1:4222'],
    ['hunter2', 'an address that is no URL'],
  ])('shows nothing of %s but %s', (url, expected) => {
    expect(urlHostPort(url, 5432)).toBe(expected);
  });
});
