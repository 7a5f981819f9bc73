import { isIP } from 'node:net';
import type { SipListener } from '@ringdown/platform';
import type { ResolverOptions } from '@ringdown/sip-runtime';

/** What an edge can open by itself: a server can't open a WebSocket. A host name may stand for either family. */
export function reachOf(listeners: readonly SipListener[]): Pick<ResolverOptions, 'transports' | 'families'> {
  const transports = (['UDP', 'TCP', 'TLS'] as const).filter((each) =>
    listeners.some(({ transport }) => transport === each),
  );
  const families = new Set(listeners.map(({ host }) => isIP(host)));
  const isNamed = families.has(0);
  return {
    transports,
    families: [
      ...(isNamed || families.has(4) ? (['A'] as const) : []),
      ...(isNamed || families.has(6) ? (['AAAA'] as const) : []),
    ],
  };
}
