import 'reflect-metadata';
import { Controller, type DynamicModule, Get, HttpCode, Inject, Injectable, Module, Post } from '@nestjs/common';
import { SERVICE_CONTEXT } from '../nest-context.js';
import type { ServiceContext } from '../service-context.js';

@Controller('v1')
class ThingController {
  @Get('things')
  list(): { items: readonly string[] } {
    return { items: ['a'] };
  }

  @Post('things')
  @HttpCode(204)
  add(): void {
    throw new TypeError('a bug with hunter2');
  }
}

/** A REST part with something that works and something that doesn't. */
@Module({ controllers: [ThingController] })
export class ThingModule {}

/** A REST part whose one answer takes as long as the test wants. */
export function slowModule(answer: () => Promise<string>): DynamicModule {
  @Controller()
  class SlowController {
    @Get('slow')
    slow(): Promise<string> {
      return answer();
    }
  }
  return { module: SlowModule, controllers: [SlowController] };
}

@Module({})
class SlowModule {}

/** A provider that takes the context of its service. */
@Injectable()
export class ContextHolder {
  readonly context: ServiceContext;

  constructor(@Inject(SERVICE_CONTEXT) context: ServiceContext) {
    this.context = context;
  }
}

@Module({ providers: [ContextHolder] })
export class ContextHolderModule {}
