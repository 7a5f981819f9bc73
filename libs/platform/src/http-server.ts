import 'reflect-metadata';
import { STATUS_CODES } from 'node:http';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import type { Health } from './health.js';
import { listenError } from './listen-error.js';
import type { Logger } from './logger.js';
import { createHealthMetrics } from './metrics.js';
import { nestLogger } from './nest-logger.js';
import { PROCESS_FACTS, ProcessController, type ProcessFacts } from './process-controller.js';
import type { Endpoint } from './setting-values.js';

/** What a service adds to the process's HTTP server. */
export interface HttpPart {
  readonly module: Type | DynamicModule;
  /** Parsers, hooks and filters, before the server listens. They hold for the whole server. */
  configure?(app: NestFastifyApplication): void | Promise<void>;
}

export interface HttpServerOptions {
  readonly logger: Logger;
  readonly health: Health;
  /** Asked at every scrape, so that services may come later. */
  readonly registries: () => readonly Registry[];
  readonly parts?: readonly HttpPart[];
  /** Largest body of a request; default 1 MiB. A part that streams sets its own. */
  readonly bodyLimitBytes?: number;
}

/** The one HTTP server of a process: /healthz, /readyz, /metrics, and what its services add. */
export class HttpServer {
  readonly app: NestFastifyApplication;
  readonly #health: Health;
  #address: Endpoint | undefined;
  #stopped: Promise<void> | undefined;

  private constructor(app: NestFastifyApplication, health: Health) {
    this.app = app;
    this.#health = health;
  }

  static async create(options: HttpServerOptions): Promise<HttpServer> {
    const health = createHealthMetrics(options.health);
    const facts: ProcessFacts = { health: options.health, registries: () => [health, ...options.registries()] };
    const root: DynamicModule = {
      module: ProcessRoot,
      controllers: [ProcessController],
      providers: [{ provide: PROCESS_FACTS, useValue: facts }],
      imports: (options.parts ?? []).map((part) => part.module),
    };
    const adapter = new FastifyAdapter({
      bodyLimit: options.bodyLimitBytes ?? 1024 * 1024,
      forceCloseConnections: 'idle',
      requestTimeout: 60_000,
      // A forwarded address is only as good as the balancer in front; none is assumed.
      trustProxy: false,
      frameworkErrors: answerUnroutable,
      // A Call-ID in a path may be long.
      routerOptions: { maxParamLength: 512 },
    });
    const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
      logger: nestLogger(options.logger),
      abortOnError: false,
    });
    for (const part of options.parts ?? []) await part.configure?.(app);
    return new HttpServer(app, options.health);
  }

  /** Begins to listen; port 0 takes a free one. Throws a ServiceError that names the address and the setting. */
  async listen(at: Endpoint): Promise<Endpoint> {
    try {
      await this.app.listen(at.port, at.host);
    } catch (error) {
      throw listenError('HTTP', 'RINGDOWN_HTTP', at, error);
    }
    const bound: unknown = this.app.getHttpServer().address();
    const port = typeof bound === 'object' && bound !== null && 'port' in bound ? Number(bound.port) : at.port;
    this.#address = { host: at.host, port };
    return this.#address;
  }

  /** Where it listens; undefined before. */
  get address(): Endpoint | undefined {
    return this.#address;
  }

  /** Answers 503 on /readyz from now on, so that balancers look elsewhere. */
  drain(): void {
    this.#health.drain();
  }

  /** Lets requests under way end, and closes. */
  async stop(): Promise<void> {
    this.#address = undefined;
    this.#stopped ??= this.app.close();
    await this.#stopped;
  }
}

/** RFC 9457: what the router itself refuses (a URL that can't be decoded) is answered like any other mistake, before hooks and filters. */
function answerUnroutable(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 500;
  const detail =
    error.code === 'FST_ERR_BAD_URL'
      ? 'The URL is malformed; check its percent-encoding.'
      : 'The URL can not be routed; its parts may be too long.';
  const problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
  void reply
    .status(status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem));
}

@Module({})
class ProcessRoot {}
