import {
  createServiceContext,
  GrpcServer,
  Health,
  InProcessBus,
  type Logger,
  readSettings,
  silentLogger,
} from '@ringdown/platform';
import type { SipResponse } from '@ringdown/sip-message';
import { BranchSource, SipStack, UserAgentServer } from '@ringdown/sip-runtime';
import type { ClientTransaction } from '@ringdown/sip-transaction';
import {
  type EnvelopeContext,
  type Flow,
  formatHostPort,
  InProcessSipLinkClient,
  SipLinkClient,
  type SipLinkConnector,
} from '@ringdown/sip-transport';
import type { Registry } from 'prom-client';
import { createRedirect, type RunningRedirect } from '../create-redirect.js';
import type { RedirectDependencies } from '../redirect-runtime.js';

/** How an edge reaches its redirect server. */
export type Wire = 'in the process' | 'over gRPC';

/** A request under way, and its final response when it comes. */
export interface Sent {
  readonly transaction: ClientTransaction<Flow>;
  readonly answer: Promise<SipResponse>;
}

/** An edge as the redirect server sees one: it sends envelopes and gets responses. */
export class Edge {
  readonly redirect: RunningRedirect;
  /** The service's metrics. */
  readonly metrics: Registry;
  readonly stack: SipStack;
  readonly #grpc: GrpcServer;
  readonly #answers = new Map<ClientTransaction<Flow>, (response: SipResponse) => void>();
  readonly #link: SipLinkConnector;

  static async open(wire: Wire, dependencies: RedirectDependencies, logger: Logger = silentLogger()): Promise<Edge> {
    const grpc = new GrpcServer({ logger });
    const read = readSettings({});
    if (read.kind !== 'settings') throw new Error('the defaults are not valid settings');
    const shared = { settings: read.settings, logger, health: new Health(), bus: new InProcessBus({ logger }), grpc };
    const context = await createServiceContext({ ...shared, postgresUrl: undefined }, 'redirect');
    const overGrpc = wire === 'over gRPC';
    const redirect = await createRedirect(context, { ...dependencies, overGrpc });
    const address = overGrpc ? formatHostPort(await grpc.listen({ host: '127.0.0.1', port: 0 })) : undefined;
    return new Edge(redirect, context.metrics, grpc, address);
  }

  private constructor(redirect: RunningRedirect, metrics: Registry, grpc: GrpcServer, address: string | undefined) {
    this.redirect = redirect;
    this.metrics = metrics;
    this.#grpc = grpc;
    this.stack = new SipStack({
      branches: new BranchSource({ edge: 'edge-1', incarnation: 'k1' }),
      user: (stack) => {
        const server = new UserAgentServer(stack, { methods: {}, onBug: () => undefined });
        server.onResponse = (transaction, response) => {
          if (response.statusCode >= 200) this.#answers.get(transaction)?.(response);
        };
        return server;
      },
    });
    const options = {
      linkClass: 'calls' as const,
      self: { name: 'edge-1', incarnation: 'k1' },
      events: this.stack.events,
    };
    this.#link =
      address === undefined
        ? new InProcessSipLinkClient({ ...options, acceptor: redirect.acceptor })
        : new SipLinkClient({ ...options, address });
    this.#link.start();
  }

  /** Sends a request to the redirect server. */
  async begin(
    requestUri: string,
    method = 'INVITE',
    lines: readonly string[] = [],
    context: EnvelopeContext = {},
  ): Promise<Sent> {
    const flow = await this.#link.whenConnected();
    const text = [
      `${method} ${requestUri} SIP/2.0`,
      `Via: ${this.stack.sentBy.via(flow, this.stack.branches.next())}`,
      'Max-Forwards: 70',
      'From: <sip:alice@demo.ringdown.test>;tag=9fxced76sl',
      'To: <sip:bob@demo.ringdown.test>',
      'Call-ID: c1@192.0.2.4',
      `CSeq: 1 ${method}`,
      ...lines,
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
    const answer = Promise.withResolvers<SipResponse>();
    const transaction = this.stack.sendRequest(text, flow, undefined, context);
    this.#answers.set(transaction, answer.resolve);
    return { transaction, answer: answer.promise };
  }

  /** Sends a request and gives its final response. */
  async send(...request: Parameters<Edge['begin']>): Promise<SipResponse> {
    return (await this.begin(...request)).answer;
  }

  async close(): Promise<void> {
    this.#link.close();
    this.stack.close();
    await this.redirect.drain(1_000);
    await this.redirect.stop();
    this.#grpc.stop();
  }
}
