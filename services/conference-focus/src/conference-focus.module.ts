import { type DynamicModule, Module } from '@nestjs/common';
import { SERVICE_CONTEXT, type ServiceContext } from '@ringdown/platform';
import { ConferenceFocusRuntime } from './conference-focus-runtime.js';

/** Wires one pod of the focus into a process. */
@Module({})
export class ConferenceFocusModule {
  static register(): DynamicModule {
    return {
      module: ConferenceFocusModule,
      providers: [
        {
          provide: ConferenceFocusRuntime,
          useFactory: ({ logger, settings }: ServiceContext) =>
            new ConferenceFocusRuntime({ focusId: settings.focus.id, logger, local: settings.grpc }),
          inject: [SERVICE_CONTEXT],
        },
      ],
      exports: [ConferenceFocusRuntime],
    };
  }
}
