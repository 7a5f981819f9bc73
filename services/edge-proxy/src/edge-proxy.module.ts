import { type DynamicModule, Module } from '@nestjs/common';
import { grpcMeter, SERVICE_CONTEXT, type ServiceContext } from '@ringdown/platform';
import { formatHostPort, type HostPort, reachableHost } from '@ringdown/sip-transport';
import { drainTimes } from './drain-times.js';
import { EdgeRuntime } from './edge-runtime.js';
import type { EdgeDependencies } from './edge-runtime-options.js';

/** Wires one edge into a process. */
@Module({})
export class EdgeProxyModule {
  static register(dependencies: EdgeDependencies): DynamicModule {
    return {
      module: EdgeProxyModule,
      providers: [
        {
          provide: EdgeRuntime,
          useFactory: ({ settings, logger, tracing, bus, grpc, metrics }: ServiceContext) =>
            EdgeRuntime.open({
              ...dependencies,
              edgeId: settings.edgeId,
              sip: settings.sip,
              tls: settings.tls,
              udp: settings.udp,
              udpPinholes: settings.udpPinholes,
              drain: drainTimes(settings.drain),
              grpc: settings.grpc,
              siplinkAddress: () => siplinkAddress(grpc?.address),
              ...(settings.capture === undefined ? {} : { capture: settings.capture }),
              ...(settings.hep === undefined ? {} : { hep: settings.hep }),
              mediaNodes: settings.rtpengines ?? [],
              metricsTenants: settings.metricsTenants,
              grpcMeter: grpcMeter(metrics, 'client'),
              logger,
              tracing,
              bus,
            }),
          inject: [SERVICE_CONTEXT],
        },
      ],
      exports: [EdgeRuntime],
    };
  }
}

/** Where a wildcard listens, other machines need one address of this one. */
function siplinkAddress(listening: HostPort | undefined): string | undefined {
  if (listening === undefined) return undefined;
  return formatHostPort({ host: reachableHost(listening.host, undefined), port: listening.port });
}
