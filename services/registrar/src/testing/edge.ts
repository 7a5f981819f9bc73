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
import {
  type EnvelopeContext,
  formatHostPort,
  InProcessSipLinkClient,
  SipLinkClient,
  type SipLinkConnector,
} from '@ringdown/sip-transport';
import type { Registry } from 'prom-client';
import { createRegistrar, type RunningRegistrar } from '../create-registrar.js';
import type { RegistrarDependencies } from '../registrar-runtime.js';

/** How an edge reaches its registrar. */
export type Wire = 'in the process' | 'over gRPC';

/** An edge as the registrar sees one: it sends envelopes and gets responses. */
export class Edge {
  readonly registrar: RunningRegistrar;
  /** The service's metrics. */
  readonly metrics: Registry;
  readonly #grpc: GrpcServer;
  readonly #answers: ((response: SipResponse) => void)[] = [];
  readonly #stack: SipStack;
  readonly #link: SipLinkConnector;

  static async open(wire: Wire, dependencies: RegistrarDependencies, logger: Logger = silentLogger()): Promise<Edge> {
    const grpc = new GrpcServer({ logger });
    const read = readSettings({});
    if (read.kind !== 'settings') throw new Error('the defaults are not valid settings');
    const shared = { settings: read.settings, logger, health: new Health(), bus: new InProcessBus({ logger }), grpc };
    const context = await createServiceContext({ ...shared, postgresUrl: undefined }, 'registrar');
    const overGrpc = wire === 'over gRPC';
    const registrar = await createRegistrar(context, { ...dependencies, overGrpc });
    const address = overGrpc ? formatHostPort(await grpc.listen({ host: '127.0.0.1', port: 0 })) : undefined;
    return new Edge(registrar, context.metrics, grpc, address);
  }

  private constructor(registrar: RunningRegistrar, metrics: Registry, grpc: GrpcServer, address: string | undefined) {
    this.registrar = registrar;
    this.metrics = metrics;
    this.#grpc = grpc;
    this.#stack = new SipStack({
      branches: new BranchSource({ edge: 'edge-1', incarnation: 'k1' }),
      user: (stack) => {
        const server = new UserAgentServer(stack, { methods: {}, onBug: () => undefined });
        server.onResponse = (_transaction, response) => this.#answers.shift()?.(response);
        return server;
      },
    });
    const options = {
      linkClass: 'registrations' as const,
      self: { name: 'edge-1', incarnation: 'k1' },
      events: this.#stack.events,
    };
    this.#link =
      address === undefined
        ? new InProcessSipLinkClient({ ...options, acceptor: registrar.acceptor })
        : new SipLinkClient({ ...options, address });
    this.#link.start();
  }

  /** Sends a request, whose Via is replaced by this edge's, and gives the answer. */
  async send(text: string, context: EnvelopeContext): Promise<SipResponse> {
    const flow = await this.#link.whenConnected();
    const via = this.#stack.sentBy.via(flow, this.#stack.branches.next());
    const answered = new Promise<SipResponse>((resolve) => this.#answers.push(resolve));
    this.#stack.sendRequest(text.replace(/^Via: .*$/m, `Via: ${via}`), flow, undefined, context);
    return answered;
  }

  async close(): Promise<void> {
    this.#link.close();
    this.#stack.close();
    await this.registrar.drain(1_000);
    await this.registrar.stop();
    this.#grpc.stop();
  }
}
