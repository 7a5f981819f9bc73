/** Why something of the operator's can't be used, in words, and whether waiting may help. */
export interface ConnectProblem {
  readonly code: 'unavailable' | 'invalid';
  readonly reason: string;
}

const reasons: Readonly<Record<string, ConnectProblem>> = {
  ECONNREFUSED: { code: 'unavailable', reason: 'nothing listens there' },
  ENOTFOUND: { code: 'unavailable', reason: 'the host name is unknown' },
  EAI_AGAIN: { code: 'unavailable', reason: 'the host name could not be looked up' },
  EHOSTUNREACH: { code: 'unavailable', reason: 'there is no way to that host' },
  ENETUNREACH: { code: 'unavailable', reason: 'there is no way to that network' },
  ETIMEDOUT: { code: 'unavailable', reason: 'it does not answer' },
  ECONNRESET: { code: 'unavailable', reason: 'it closed the connection' },
  // SQLSTATE (PostgreSQL manual, appendix A): the user, the password or the database is not there.
  '28P01': { code: 'invalid', reason: 'it refuses the user name or the password' },
  '28000': { code: 'invalid', reason: 'it refuses the user' },
  '3D000': { code: 'invalid', reason: 'it has no such database' },
};

const natsRefusal: ConnectProblem = { code: 'invalid', reason: 'it refuses the user name or the password' };

/**
 * What an error of connecting means for whoever set the URL, by the code of the error or of one of its causes; undefined for one that
 * says nothing of the kind. Texts of errors are not shown: they may repeat the URL.
 */
export function connectProblem(error: unknown): ConnectProblem | undefined {
  let at: unknown = error;
  // Errors may name each other in a circle.
  for (let depth = 0; depth < 5 && at instanceof Error; depth += 1) {
    const code: unknown = 'code' in at ? at.code : undefined;
    const known = typeof code === 'string' ? reasons[code] : undefined;
    if (known !== undefined) return known;
    if (at.name === 'AuthorizationError' || at.name === 'UserAuthenticationExpiredError') return natsRefusal;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return undefined;
}

/** `host:port` of a URL and nothing else of it; the protocol's own port where it names none. */
export function urlHostPort(url: string, defaultPort: number): string {
  try {
    const { hostname, port, searchParams } = new URL(url);
    // libpq's way to name a socket's folder: postgres:///name?host=/run/postgresql
    const host = hostname || searchParams.get('host') || 'localhost';
    return `${host}:${port || defaultPort}`;
  } catch {
    return 'an address that is no URL';
  }
}
