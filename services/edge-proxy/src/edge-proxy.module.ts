import { type DynamicModule, Module } from '@nestjs/common';
import { SERVICE_CONTEXT, type ServiceContext } from '@ringdown/platform';
import { formatHostPort } from '@ringdown/sip-transport';
import { type EdgeDependencies, EdgeRuntime } from './edge-runtime.js';

/** Wires one edge into a process. */
@Module({})
export class EdgeProxyModule {
  static register(dependencies: EdgeDependencies): DynamicModule {
    return {
      module: EdgeProxyModule,
      providers: [
        {
          provide: EdgeRuntime,
          useFactory: ({ settings, logger, tracing, bus, grpc }: ServiceContext) =>
            EdgeRuntime.open({
              ...dependencies,
              edgeId: settings.edgeId,
              sip: settings.sip,
              udp: settings.udp,
              grpc: settings.grpc,
              siplinkAddress: () => (grpc?.address === undefined ? undefined : formatHostPort(grpc.address)),
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
