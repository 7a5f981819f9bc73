import { type DynamicModule, Module } from '@nestjs/common';
import { SERVICE_CONTEXT, type ServiceContext } from '@ringdown/platform';
import { type RedirectDependencies, RedirectRuntime } from './redirect-runtime.js';

/** Wires a redirect server into a process. */
@Module({})
export class RedirectModule {
  static register(dependencies: RedirectDependencies): DynamicModule {
    return {
      module: RedirectModule,
      providers: [
        {
          provide: RedirectRuntime,
          useFactory: ({ name, logger, tracing, metrics, settings }: ServiceContext) =>
            new RedirectRuntime({ name, logger, tracing, metrics, local: settings.grpc, ...dependencies }),
          inject: [SERVICE_CONTEXT],
        },
      ],
      exports: [RedirectRuntime],
    };
  }
}
