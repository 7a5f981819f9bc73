import type { Via } from '@ringdown/sip-message';
import { defaultPort, type ResolvedTarget } from '@ringdown/sip-proxy';
import type { Flow, HostPort, SipLinkFlow } from '@ringdown/sip-transport';
import {
  type FlowReference,
  isSecureToken,
  parseFlowToken,
  tokenInLife,
  tokenOfLife,
} from '../../domain/flow-token.js';
import type { FlowHop, Hop } from '../../domain/hop.js';

/** What a hop came down to. */
export type OutboundHop =
  /** A socket of this edge. */
  | { readonly kind: 'wire'; readonly flow: Flow }
  /** A stream to another part of the platform; `targetFlowToken` names the flow that the far edge is to use. */
  | { readonly kind: 'link'; readonly flow: SipLinkFlow; readonly targetFlowToken: string | undefined }
  /** This edge held the flow, and it is gone (RFC 5626 §5.3, 430). */
  | { readonly kind: 'flow-gone' }
  /** The edge that holds the flow can't be reached now. Whether the flow is gone, only that edge can say. */
  | { readonly kind: 'owner-away' }
  /** There is no way there now. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** The listening sockets, as far as sending goes. */
export interface Wires {
  /** From the listener of this name, if there are several for the family of the remote address; undefined where that family isn't spoken. */
  udp(remote: HostPort, listener?: string): Flow | undefined;
  /** An own connection over TCP or TLS; whoever is there over TLS proves to be `serverName`. Undefined where that isn't spoken. */
  stream(transport: string, remote: HostPort, serverName: string): Flow | undefined;
  /** A connection by its transport and id, if it still stands. */
  connection(transport: string, id: number): Flow | undefined;
  /** Lets requests to the sent-by go over the flow of a peer that has proven by its certificate to be it (RFC 5923 §5); else nothing. */
  alias(flow: Flow, sentBy: HostPort): void;
}

/** The streams to other parts of the platform; undefined while there is none that works. */
export interface Links {
  /** To a service of this name, or to that pod of it, for calls or for registrations by the method. */
  service(name: string, method: string, pod?: string): SipLinkFlow | undefined;
  /** To another edge in exactly that life of it; undefined when that life is over or not known. */
  edge(edgeId: string, incarnation: string): SipLinkFlow | undefined;
  /** Whether that life of an edge is known to be over: it has begun another. */
  isOver(edgeId: string, incarnation: string): boolean;
  /** Whether an edge in that life of it is about to leave. */
  isLeaving(edgeId: string, incarnation: string): boolean;
}

export interface OutboundOptions {
  readonly edgeId: string;
  readonly incarnation: string;
  readonly wires: Wires;
  readonly links: Links;
  /**
   * Whose a UDP pinhole is (D3): every edge's, since all of them send from one address; or only that of the edge where the phone registered.
   * Default: every edge's.
   */
  readonly pinholes?: 'shared' | 'owned';
}

/** Whether what goes this way is encrypted up to the next element: pods authenticate each other, so a link is. */
export function isSecureWay(way: Extract<OutboundHop, { kind: 'wire' | 'link' }>): boolean {
  if (way.kind === 'wire') return way.flow.transport === 'TLS' || way.flow.transport === 'WSS';
  return way.targetFlowToken === undefined || isSecureToken(way.targetFlowToken);
}

/** Finds the way that a hop means, as things stand now. */
export class Outbound {
  constructor(private readonly options: OutboundOptions) {}

  find(hop: Hop, method: string): OutboundHop {
    switch (hop.kind) {
      case 'flow':
        return this.byFlow(hop);
      case 'address':
        return this.byAddress(hop.address);
      case 'service': {
        const flow = this.options.links.service(hop.service, method, hop.pod);
        if (flow === undefined)
          return { kind: 'unreachable', reason: `no ${hop.service} ${hop.pod ?? ''} can be reached` };
        return { kind: 'link', flow, targetFlowToken: undefined };
      }
    }
  }

  /** The token of a flow that another edge names, if it is of this life of this edge and the flow is there. */
  ownFlow(told: string): string | undefined {
    const token = tokenOfLife(this.options.incarnation, told);
    const reference = token === undefined ? undefined : parseFlowToken(token);
    return reference === undefined || this.named(reference) === undefined ? undefined : token;
  }

  /** A request came in over the flow: RFC 5923 §5.1, "alias" in its topmost Via asks to be reached over the same. */
  received(flow: Flow, via: Via): void {
    if (flow.transport !== 'TLS' || flow.peerNames === undefined || !via.params.has('alias')) return;
    this.options.wires.alias(flow, { host: via.host, port: via.port ?? defaultPort('TLS') });
  }

  private byAddress({ transport, host, port, serverName }: ResolvedTarget): OutboundHop {
    const { wires } = this.options;
    const flow = transport === 'UDP' ? wires.udp({ host, port }) : wires.stream(transport, { host, port }, serverName);
    if (flow !== undefined) return { kind: 'wire', flow };
    return { kind: 'unreachable', reason: `${transport} is not spoken here to ${host}` };
  }

  private named(reference: FlowReference): Flow | undefined {
    if (reference.kind === 'udp') return this.pinhole(reference);
    return this.options.wires.connection(reference.transport, reference.id);
  }

  private pinhole({ host, port, listener }: Extract<FlowReference, { kind: 'udp' }>): Flow | undefined {
    return this.options.wires.udp({ host, port }, listener);
  }

  private byFlow(hop: FlowHop): OutboundHop {
    const { edgeId, incarnation, links, pinholes = 'shared' } = this.options;
    const reference = parseFlowToken(hop.flowToken);
    if (reference === undefined) return { kind: 'flow-gone' };
    if (hop.edgeId === edgeId && hop.incarnation === incarnation) {
      const flow = this.named(reference);
      return flow === undefined ? { kind: 'flow-gone' } : { kind: 'wire', flow };
    }
    const flow = links.edge(hop.edgeId, hop.incarnation);
    // A pinhole belongs to the address that it was opened to, so any edge may try it where that is the address of all; the edge to which the phone
    // next registers adopts the binding. One that leaves isn't kept by it. A connection, or a pinhole to an address of its own, only its owner can use.
    if (reference.kind === 'udp' && pinholes === 'shared') {
      const isOwners = flow !== undefined && !links.isLeaving(hop.edgeId, hop.incarnation);
      const pinhole = isOwners ? undefined : this.pinhole(reference);
      if (pinhole !== undefined) return { kind: 'wire', flow: pinhole };
      if (flow === undefined) return { kind: 'owner-away' };
    }
    if (flow !== undefined) return { kind: 'link', flow, targetFlowToken: tokenInLife(hop.incarnation, hop.flowToken) };
    // It died with the life of the edge that held it.
    const isOver = hop.edgeId === edgeId || links.isOver(hop.edgeId, hop.incarnation);
    return { kind: isOver ? 'flow-gone' : 'owner-away' };
  }
}
