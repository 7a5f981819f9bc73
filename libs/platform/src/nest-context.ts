import 'reflect-metadata';
import { type DynamicModule, type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { nestLogger } from './nest-logger.js';
import type { ServiceContext } from './service-context.js';

/** What a service's providers inject: `constructor(@Inject(SERVICE_CONTEXT) context: ServiceContext)`. */
export const SERVICE_CONTEXT = Symbol('ServiceContext');

/** Makes the service's context injectable everywhere in its module. */
@Module({})
export class ServiceContextModule {
  static of(context: ServiceContext): DynamicModule {
    return {
      module: ServiceContextModule,
      global: true,
      providers: [{ provide: SERVICE_CONTEXT, useValue: context }],
      exports: [SERVICE_CONTEXT],
    };
  }
}

/**
 * Wires a service's module into an application context of its own. Errors are thrown, not printed; no shutdown hooks are
 * installed, since only the starter handles signals.
 */
export async function openModule(
  context: ServiceContext,
  module: Type | DynamicModule,
): Promise<INestApplicationContext> {
  const root: DynamicModule = { module: ServiceRoot, imports: [ServiceContextModule.of(context), module] };
  return NestFactory.createApplicationContext(root, { logger: nestLogger(context.logger), abortOnError: false });
}

@Module({})
class ServiceRoot {}
