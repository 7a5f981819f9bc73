import { callStream, edge } from '@ringdown/contracts';
import {
  openModule,
  type RunningService,
  registerService,
  type ServiceContext,
  type SipTransport,
} from '@ringdown/platform';
import { type RestApi, restMetrics } from '@ringdown/platform/rest';
import { type HostPort, type SipLinkAcceptor, serveSipLink } from '@ringdown/sip-transport';
import { createRestApi } from './adapters/rest/rest-api.js';
import { registerCallEventMetrics } from './call-event-metrics.js';
import { registerEdgeMetrics } from './edge-metrics.js';
import { EdgeProxyModule } from './edge-proxy.module.js';
import { EdgeRuntime } from './edge-runtime.js';
import type { EdgeDependencies } from './edge-runtime-options.js';

/** An edge as a service of a process. */
export interface RunningEdgeProxy extends RunningService {
  /** Where it listens, as peers see it: over UDP, or by its first listener. */
  readonly sip: HostPort;
  /** All that it listens on, as peers see it, in the order of the settings. */
  readonly listening: readonly { readonly transport: SipTransport; readonly address: HostPort }[];
  /** Which socket UDP got, for a person; undefined without UDP. */
  readonly udp: string | undefined;
  /** For other edges of the same process. */
  readonly acceptor: SipLinkAcceptor;
  /** What it adds to the REST API of its process. */
  readonly rest: RestApi;
}

export interface CreateEdgeProxyOptions extends EdgeDependencies {
  /** Serve SipLink on the process's gRPC server, so that other edges can hand over requests. Only one service of a process can. */
  readonly overGrpc: boolean;
}

/**
 * Opens the edge's sockets and starts it. Throws a ServiceError that names the setting when the address can't be had. Other services may be
 * away: what needs them gets 503 until they are back.
 */
export async function createEdgeProxy(
  context: ServiceContext,
  options: CreateEdgeProxyOptions,
): Promise<RunningEdgeProxy> {
  const app = await openModule(context, EdgeProxyModule.register(options));
  const runtime = app.get(EdgeRuntime);
  registerEdgeMetrics(context.metrics, context.settings.edgeId, runtime);
  registerCallEventMetrics(context.metrics, runtime);
  const checks = [
    context.health.add(`${context.name}/registrar`, () => runtime.ready()),
    context.health.addSip(`${context.name}/sip`, () => runtime.probe.check()),
  ];
  const { capture } = runtime;
  const rest = createRestApi({
    rehearsal: runtime.rehearsal,
    tracing: {
      messages: (callId) => capture.all(callId),
      keep: (callId) => capture.keep(callId),
      trace: (callId, method, cseq) => context.tracing.callTrace(callId, method, cseq),
    },
    observer: restMetrics(context.metrics, 'ringdown_edge'),
  });
  if (options.overGrpc) {
    if (context.grpc === undefined) throw new Error('an edge over gRPC needs a process that serves gRPC');
    serveSipLink(context.grpc.raw, runtime.acceptor);
    registerService(context.grpc, edge.EdgeDefinition, runtime.service, {
      tracing: context.tracing,
      metrics: context.metrics,
      logger: context.logger,
    });
  }
  // Call events wait in the stream until somebody makes records of them; without a bus the edge works all the same.
  context.bus.declareStream(callStream).catch((error: unknown) => {
    context.logger.warn('the stream of call events could not be declared', { error });
  });
  return {
    name: context.name,
    sip: runtime.listeners.address,
    listening: runtime.listeners.all.map(({ transport, port: { address } }) => ({ transport, address })),
    udp: runtime.listeners.udpDescription,
    acceptor: runtime.acceptor,
    rest,
    drain: (timeoutMs) => runtime.drain(timeoutMs),
    async stop() {
      for (const remove of checks) remove();
      await runtime.stop();
      await app.close();
    },
  };
}
