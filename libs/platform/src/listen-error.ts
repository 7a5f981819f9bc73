import { ServiceError } from './service-error.js';
import type { Endpoint } from './setting-values.js';

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken by another program',
  EADDRNOTAVAIL: 'the address belongs to no interface of this machine',
  EACCES: 'the port needs more privileges',
  ENOTFOUND: 'the host name is unknown',
};

/** The variables that chose an address. */
export interface ListenSettings {
  readonly host: string;
  readonly port: string;
}

/**
 * The error of a server that can't listen, with what to do about it. `setting` names the variables that chose the address, or is their
 * prefix: `RINGDOWN_HTTP` for RINGDOWN_HTTP_HOST and RINGDOWN_HTTP_PORT.
 */
export function listenError(
  protocol: string,
  setting: string | ListenSettings,
  at: Endpoint,
  cause: unknown,
): ServiceError {
  const settings = typeof setting === 'string' ? { host: `${setting}_HOST`, port: `${setting}_PORT` } : setting;
  const text = cause instanceof Error ? cause.message : String(cause);
  const own: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const code = Object.keys(reasons).find((name) => own === name || text.includes(name));
  const reason = code === undefined ? text : reasons[code];
  const host = at.host.includes(':') ? `[${at.host}]` : at.host;
  const variable = code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' ? settings.host : settings.port;
  return new ServiceError(
    'unavailable',
    `${protocol} cannot listen on ${host}:${at.port}: ${reason}. Set ${variable} to another value.`,
    { setting: variable, ...(code === undefined ? {} : { code }) },
    cause,
  );
}
