import { Controller, Get, Header, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import { acceptedFormat, expositionTypes, mergedMetrics } from './exposition.js';
import type { Health } from './health.js';

/** What the process's own pages are made from. */
export interface ProcessFacts {
  readonly health: Health;
  readonly registries: () => readonly Registry[];
}

export const PROCESS_FACTS = Symbol('ProcessFacts');

/** Liveness, readiness and metrics of the process, for balancers, Kubernetes and Prometheus. */
@Controller()
export class ProcessController {
  readonly #facts: ProcessFacts;

  constructor(@Inject(PROCESS_FACTS) facts: ProcessFacts) {
    this.#facts = facts;
  }

  /** 200 as long as the process answers at all. */
  @Get('healthz')
  @Header('cache-control', 'no-store')
  alive(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  /** 200 when every dependency works, 503 otherwise; the body says which one doesn't, and why. */
  @Get('readyz')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const readiness = await this.#facts.health.readiness();
    await reply
      .status(readiness.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(readiness);
  }

  /** 200 when an OPTIONS through each of the process's own SIP sockets was answered, 503 otherwise; 404 where it has none. */
  @Get('sipz')
  async sip(@Res() reply: FastifyReply): Promise<void> {
    const answers = await this.#facts.health.sip();
    await reply
      .status(answers === undefined ? 404 : answers.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(answers ?? { ready: false, checks: [] });
  }

  /** All services' metrics, each with the label `service`: in Prometheus's text format, or in OpenMetrics for who asks for it. */
  @Get('metrics')
  async metrics(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const format = acceptedFormat(request.headers.accept);
    const text = await mergedMetrics(this.#facts.registries(), format);
    await reply.header('content-type', expositionTypes[format]).header('vary', 'accept').send(text);
  }
}
