import {
  buildResponse,
  parseMessage,
  type ResponseOptions,
  type SipMessage,
  SipRequest,
  SipResponse,
} from '@ringdown/sip-message';
import type { HostPort } from '@ringdown/sip-transport';
import { acme, globex, twoTenants } from './acme.js';
import type { AssembledEdge, AssembledEdgeOptions } from './assembled-edge.js';
import { LinkedEdges } from './linked-edges.js';
import { ManualClock } from './manual-clock.js';
import { bindingOf, byDomain, routeOf, toNextHop } from './tables.js';

export const outsidePhone: HostPort = { host: '198.51.100.7', port: 5060 };
export const bobPhone: HostPort = { host: '192.0.2.20', port: 5062 };
export const deskPhone: HostPort = { host: '192.0.2.21', port: 5064 };

/**
 * Bob's two phones, and a caller from a domain that acme has a route to, so that no challenge stands between: everything happens within a turn,
 * under a clock that moves when told to.
 */
export class Exchange {
  readonly clock = new ManualClock();
  readonly owning = twoTenants();
  /** Where things go unless told otherwise: the first one. */
  readonly edge: AssembledEdge;
  readonly linked: LinkedEdges;
  readonly #inboxes = new Map<string, SipMessage[]>();

  constructor(options: Partial<AssembledEdgeOptions> = {}, phones: readonly HostPort[] = [bobPhone], edges = 1) {
    this.linked = new LinkedEdges(edges, {
      owning: this.owning,
      clock: this.clock,
      received: (to, raw) => {
        const message = parseMessage(raw);
        if (message.kind === 'failure') throw new Error(`the edge sent nonsense: ${message.reason}`);
        this.#inbox(to).push(message);
      },
      ...options,
    });
    this.edge = this.linked.edges[0] as AssembledEdge;
    for (const tenant of [acme, globex])
      this.owning.routes.set(tenant.tenantId, [routeOf(byDomain('peer.test'), toNextHop(`sip:${outsidePhone.host}`))]);
    this.bind(phones);
  }

  bind(phones: readonly HostPort[]): void {
    this.owning.bind(
      'acme',
      'sip:bob@example.com',
      phones.map(({ host, port }) => {
        const flow = { ...this.edge.flow, flowToken: `udp/${host}/${port}` };
        const received = { receivedTransport: 'UDP', receivedHost: host, receivedPort: port };
        return bindingOf(`sip:bob@${host}:${port}`, flow, { flow: { ...flow, ...received } });
      }),
    );
  }

  /** An INVITE of the outside caller's, unless told otherwise. */
  request(
    over: {
      readonly method?: string;
      readonly uri?: string;
      readonly callId?: string;
      readonly body?: string;
      readonly headers?: readonly string[];
      readonly to?: string;
      readonly cseq?: number;
    } = {},
  ): SipRequest {
    const { method = 'INVITE', uri = 'sip:bob@example.com', callId = 'c1', body = '', headers = [], cseq = 1 } = over;
    const { host, port } = outsidePhone;
    const text = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${host}:${port};branch=z9hG4bK${callId}${method}${cseq};rport`,
      'Max-Forwards: 70',
      'From: <sip:x@peer.test>;tag=x1',
      `To: ${over.to ?? '<sip:bob@example.com>'}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:x@${host}:${port}>`,
      ...headers,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
    const request = parseMessage(text);
    if (request.kind !== 'request') throw new Error('no request');
    return request;
  }

  /** The balancer brings it to the first edge, or to another one. */
  send(from: HostPort, message: SipMessage | string, to: AssembledEdge = this.edge): void {
    to.receive(from, typeof message === 'string' ? message : message.raw);
  }

  reply(
    from: HostPort,
    request: SipRequest,
    statusCode: number,
    { to = this.edge, ...options }: ResponseOptions & { readonly to?: AssembledEdge } = {},
  ): void {
    const toTag = request.toTag === undefined && statusCode > 100 ? { toTag: `t${from.port}` } : {};
    to.receive(from, buildResponse(request, statusCode, { ...toTag, ...options }));
  }

  /** What has come to an address since this was last asked: methods and status codes. */
  heard(at: HostPort): readonly string[] {
    return this.#inbox(at)
      .splice(0)
      .map((message) => (message instanceof SipRequest ? message.method : String((message as SipResponse).statusCode)));
  }

  /** The next request of this method at an address; what is before it is forgotten. */
  taken(at: HostPort, method: string): SipRequest {
    const inbox = this.#inbox(at);
    const found = inbox.findIndex((message) => message instanceof SipRequest && message.method === method);
    if (found < 0) throw new Error(`no ${method} came`);
    return inbox.splice(0, found + 1).at(-1) as SipRequest;
  }

  answer(at: HostPort, statusCode: number): SipResponse {
    const inbox = this.#inbox(at);
    const found = inbox.findIndex((message) => message instanceof SipResponse && message.statusCode === statusCode);
    if (found < 0) throw new Error(`no ${statusCode} came`);
    return inbox.splice(0, found + 1).at(-1) as SipResponse;
  }

  #inbox({ host, port }: HostPort): SipMessage[] {
    const key = `${host}:${port}`;
    const inbox = this.#inboxes.get(key) ?? [];
    this.#inboxes.set(key, inbox);
    return inbox;
  }
}
