import { type EnvelopeContext, type Flow, isSipLinkFlow, type SipLinkFlow } from '@ringdown/sip-transport';

/** The streams of the edges, as the acceptor has them. */
export interface EdgeStreams {
  readonly flows: Iterable<SipLinkFlow>;
}

interface Path {
  flow: Flow | undefined;
  readonly context: EnvelopeContext;
  uses: number;
}

/**
 * By which edge the requests of a call leave: the one that its latest request came by, or any other where that is gone. In-dialog
 * requests have a route that every edge can read (D4), so it doesn't matter which one takes them.
 */
export class RequestPaths {
  readonly #edges: EdgeStreams;
  readonly #paths = new Map<string, Path>();
  #turn = 0;

  constructor(edges: EdgeStreams) {
    this.#edges = edges;
  }

  /** Calls whose path is kept. */
  get size(): number {
    return this.#paths.size;
  }

  /** Keeps the path of a call, and what travels beside its requests, until `release`; several dialogs may share a Call-ID. */
  keep(callId: string, context: EnvelopeContext, flow?: Flow): void {
    const known = this.#paths.get(callId);
    if (known === undefined) {
      this.#paths.set(callId, { flow, context, uses: 1 });
      return;
    }
    known.uses += 1;
    if (flow !== undefined) known.flow = flow;
  }

  /** A request within a call came on this flow. */
  cameBy(callId: string, flow: Flow): void {
    const path = this.#paths.get(callId);
    if (path !== undefined && isSipLinkFlow(flow)) path.flow = flow;
  }

  release(callId: string): void {
    const path = this.#paths.get(callId);
    if (path === undefined) return;
    path.uses -= 1;
    if (path.uses === 0) this.#paths.delete(callId);
  }

  /** The flow for the next request of a call; undefined while no edge is connected. `except`: a flow that has just failed. */
  flowFor(callId: string, except?: Flow): Flow | undefined {
    const { flow } = this.#paths.get(callId) ?? {};
    if (flow !== undefined && !flow.closed && flow !== except) return flow;
    const others: Flow[] = [];
    for (const other of this.#edges.flows) {
      if (other.linkClass === 'calls' && !other.closed && other !== except) others.push(other);
    }
    this.#turn += 1;
    return others[this.#turn % others.length];
  }

  /** What travels beside the requests of a call. */
  contextFor(callId: string): EnvelopeContext | undefined {
    return this.#paths.get(callId)?.context;
  }
}
