import { type DynamicModule, Module } from '@nestjs/common';
import { SERVICE_CONTEXT, type ServiceContext } from '@ringdown/platform';
import { type RegistrarDependencies, RegistrarRuntime } from './registrar-runtime.js';

/** Wires a registrar into a process. */
@Module({})
export class RegistrarModule {
  static register(dependencies: RegistrarDependencies): DynamicModule {
    return {
      module: RegistrarModule,
      providers: [
        {
          provide: RegistrarRuntime,
          useFactory: ({ name, logger, tracing, metrics, settings }: ServiceContext) =>
            new RegistrarRuntime({ name, logger, tracing, metrics, local: settings.grpc, ...dependencies }),
          inject: [SERVICE_CONTEXT],
        },
      ],
      exports: [RegistrarRuntime],
    };
  }
}
