import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isWildcard, type Settings, type SipListener } from '@ringdown/platform';

/** Whether phones beyond this machine can reach the platform. */
export function isExposed(host: string): boolean {
  return !(host === 'localhost' || host === '::1' || host.startsWith('127.'));
}

/** The hosts that phones will use as the domain: what is advertised, the addresses listened on, and every address of the machine for a wildcard. */
export function exposedHosts({ listeners }: Settings['sip']): readonly string[] {
  return [...reachedHosts(listeners)].filter(isExposed).map((host) => (isIP(host) === 6 ? `[${host}]` : host));
}

/** Every host by which phones can reach listeners, as a certificate names it; `localhost` among them. */
export function listenedHosts(listeners: readonly SipListener[]): readonly string[] {
  const hosts = reachedHosts(listeners);
  for (const { host } of listeners) {
    if (!isExposed(host) || isWildcard(host)) hosts.add('localhost');
    if (isWildcard(host)) hosts.add(host === '::' ? '::1' : '127.0.0.1');
  }
  return [...hosts];
}

function reachedHosts(listeners: readonly SipListener[]): Set<string> {
  return new Set(
    listeners.flatMap(({ host, advertisedHost }) => {
      const hosts = isWildcard(host) ? machineAddresses(host === '::' ? 'IPv6' : 'IPv4') : [host];
      return advertisedHost === undefined ? hosts : [advertisedHost, ...hosts];
    }),
  );
}

/** A password that can be read out and typed. */
export function randomPassword(): string {
  return randomBytes(9).toString('base64url');
}

function machineAddresses(of: 'IPv4' | 'IPv6'): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family, address }) => !internal && family === of && !address.startsWith('fe80:'))
    .map(({ address }) => address);
}
