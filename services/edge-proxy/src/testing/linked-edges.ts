import type { EnvelopeContext, HostPort, SipLinkFlow } from '@ringdown/sip-transport';
import type { MisplacedRequest, Neighbours } from '../adapters/sip/neighbours.js';
import { AssembledEdge, type AssembledEdgeOptions } from './assembled-edge.js';

/** Where another edge's SipLink comes from, which nothing depends on. */
const linkAddress: HostPort = { host: '192.0.2.99', port: 1 };

/** Edges behind one address that know each other. What one asks of another is answered when `answer` is called, or at once. */
export class LinkedEdges {
  readonly edges: readonly AssembledEdge[];
  /** What was asked and handed over, in the order: `edge-1 asks edge-2: CANCEL`. */
  readonly told: string[] = [];
  /** Whether the edges think that their set has just changed. */
  unsettled = false;
  /** While true nobody answers what it is asked. */
  hangs = false;
  readonly #held: (() => void)[] = [];
  readonly #dead = new Set<AssembledEdge>();

  constructor(count: number, options: Omit<AssembledEdgeOptions, 'edgeId' | 'neighbours'>) {
    this.edges = Array.from(
      { length: count },
      (_, index) =>
        new AssembledEdge({
          ...options,
          edgeId: `edge-${index + 1}`,
          neighbours: this.#neighboursOf(`edge-${index + 1}`),
        }),
    );
  }

  /** The others answer what they were asked while they hung. */
  answer(): void {
    this.hangs = false;
    for (const held of this.#held.splice(0)) held();
  }

  /** From now on the others can't reach it. */
  kill(edge: AssembledEdge): void {
    this.#dead.add(edge);
  }

  #others(self: string): readonly AssembledEdge[] {
    return this.edges.filter((edge) => edge.flow.edgeId !== self && !this.#dead.has(edge));
  }

  #neighboursOf(self: string): Neighbours {
    const others = (): readonly AssembledEdge[] => this.#others(self);
    const unsettled = (): boolean => this.unsettled;
    return {
      get size() {
        return others().length;
      },
      get unsettled() {
        return unsettled();
      },
      flow: (edgeId, incarnation) => {
        const to = others().find(({ flow }) => flow.edgeId === edgeId && flow.incarnation === incarnation);
        if (to === undefined) return undefined;
        const sendEnvelope = (raw: string, envelope: EnvelopeContext): 'queued' => {
          this.told.push(`${self} hands to ${edgeId}: ${raw.slice(0, raw.indexOf('\r\n'))}`);
          to.receiveOverLink(linkAddress, raw, envelope);
          return 'queued';
        };
        return { transport: 'SIPLINK', sendEnvelope } as Partial<SipLinkFlow> as SipLinkFlow;
      },
      handTo: (_callId, { raw, source }, answered) => {
        const [to] = others();
        if (to === undefined) {
          answered(undefined);
          return;
        }
        this.told.push(`${self} gives ${to.flow.edgeId}: ${raw.slice(0, raw.indexOf(' '))}`);
        const give = (): void => {
          to.receive(source, raw);
          answered(true);
        };
        if (this.hangs) this.#held.push(give);
        else give();
      },
      offer: (request, answered) => {
        const asked = others();
        for (const { flow } of asked) this.told.push(`${self} asks ${flow.edgeId}: ${nameOf(request)}`);
        const ask = (): void => {
          answered(asked.map((edge) => edge.misplaced.take(self, request)).some(Boolean));
        };
        if (this.hangs) this.#held.push(ask);
        else ask();
      },
    };
  }
}

function nameOf(request: MisplacedRequest): string {
  return request.kind === 'invite' ? 'INVITE' : request.raw.slice(0, request.raw.indexOf(' '));
}
