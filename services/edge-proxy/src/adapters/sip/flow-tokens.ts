import type { Flow, HostPort } from '@ringdown/sip-transport';
import { flowToken } from '../../domain/flow-token.js';

/** Names this edge's flows for the rest of the platform. */
export interface FlowTokens {
  readonly edge: { readonly id: string; readonly incarnation: string };
  tokenOf(flow: Flow): string;
}

/** `listenerOf` names the UDP listener of a local address where the peer's address alone doesn't tell which it is. */
export function flowTokensOf(
  edge: FlowTokens['edge'],
  listenerOf: (local: HostPort) => string | undefined = () => undefined,
): FlowTokens {
  return {
    edge,
    tokenOf: ({ transport, id, remote, local }) => {
      if (transport !== 'UDP') return flowToken({ kind: 'connection', transport, id });
      const listener = listenerOf(local);
      const { host, port } = remote;
      return flowToken(listener === undefined ? { kind: 'udp', host, port } : { kind: 'udp', host, port, listener });
    },
  };
}
