import type { Flow } from '@ringdown/sip-transport';
import { flowToken } from '../../domain/flow-token.js';

/** Names this edge's flows for the rest of the platform. */
export interface FlowTokens {
  readonly edge: { readonly id: string; readonly incarnation: string };
  tokenOf(flow: Flow): string;
}

export function flowTokensOf(edge: FlowTokens['edge']): FlowTokens {
  return {
    edge,
    tokenOf: (flow) =>
      flowToken(
        flow.transport === 'UDP'
          ? { kind: 'udp', host: flow.remote.host, port: flow.remote.port }
          : { kind: 'connection', transport: flow.transport, id: flow.id },
      ),
  };
}
