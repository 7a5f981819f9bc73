import { ServiceError } from './service-error.js';

/**
 * What an error from Postgres asks of the caller: `unavailable`: wait or answer 503; `conflict`: somebody else was first
 * (unique key, serialisation, deadlock): read again; `invalid`: a value that a constraint forbids; `bug`: our statement is wrong.
 */
export type PostgresErrorKind = 'unavailable' | 'conflict' | 'invalid' | 'bug';

const systemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Messages of pg itself, which carry no code. */
const lostConnection =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end)/;

/** Classifies by SQLSTATE (PostgreSQL manual, appendix A), by the operating system's code, or by pg's own message. */
export function classifyPostgresError(error: unknown): PostgresErrorKind {
  if (error instanceof ServiceError) return error.code === 'unavailable' ? 'unavailable' : 'bug';
  if (!(error instanceof Error)) return 'bug';
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') return lostConnection.test(error.message) ? 'unavailable' : 'bug';
  if (systemCodes.has(code)) return 'unavailable';
  switch (code) {
    // Unique violation, exclusion violation, serialisation failure, deadlock, lock not available.
    case '23505':
    case '23P01':
    case '40001':
    case '40P01':
    case '55P03':
      return 'conflict';
    // Statement cancelled by its timeout, read-only (a replica after a failover), idle transaction ended.
    case '57014':
    case '25006':
    case '25P03':
      return 'unavailable';
    default:
      return classifyByClass(code.slice(0, 2));
  }
}

function classifyByClass(sqlstateClass: string): PostgresErrorKind {
  switch (sqlstateClass) {
    // Connection exception, insufficient resources, operator intervention, system error.
    case '08':
    case '53':
    case '57':
    case '58':
      return 'unavailable';
    // Data exception, integrity constraint violation.
    case '22':
    case '23':
      return 'invalid';
    default:
      return 'bug';
  }
}

/** The constraint that a conflict or an invalid value broke, where Postgres names one. */
export function brokenConstraint(error: unknown): string | undefined {
  const name: unknown = error instanceof Error && 'constraint' in error ? error.constraint : undefined;
  return typeof name === 'string' ? name : undefined;
}
