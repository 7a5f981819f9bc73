import { ServiceError } from './service-error.js';
import type { Endpoint } from './settings-schema.js';

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken by another program',
  EADDRNOTAVAIL: 'the address belongs to no interface of this machine',
  EACCES: 'the port needs more privileges',
  ENOTFOUND: 'the host name is unknown',
};

/**
 * The error of a server that can't listen, with what to do about it. `setting` is the prefix of the variables that chose the
 * address: `RINGDOWN_HTTP` for RINGDOWN_HTTP_HOST and RINGDOWN_HTTP_PORT.
 */
export function listenError(protocol: string, setting: string, at: Endpoint, cause: unknown): ServiceError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const own: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const code = Object.keys(reasons).find((name) => own === name || text.includes(name));
  const reason = code === undefined ? text : reasons[code];
  const host = at.host.includes(':') ? `[${at.host}]` : at.host;
  const variable = code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' ? `${setting}_HOST` : `${setting}_PORT`;
  return new ServiceError(
    'unavailable',
    `${protocol} cannot listen on ${host}:${at.port}: ${reason}. Set ${variable} to another value.`,
    { setting: variable, ...(code === undefined ? {} : { code }) },
    cause,
  );
}
