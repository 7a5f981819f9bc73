import {
  logVerbosity,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  setLogVerbosity,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { PromiseService } from '@ringdown/contracts';
import { HealthImplementation } from 'grpc-health-check';
import type { Registry } from 'prom-client';
import { streamingHandler, unaryHandler } from './grpc-handlers.js';
import { grpcMeter } from './grpc-metrics.js';
import { listenError } from './listen-error.js';
import type { Logger } from './logger.js';
import type { Endpoint } from './setting-values.js';
import type { Tracing } from './tracing.js';

export interface GrpcServerOptions {
  readonly logger: Logger;
  /** Server-side credentials; insecure where absent, which only suits loopback or a mesh. */
  readonly credentials?: ServerCredentials;
  readonly maxMessageBytes?: number;
}

// Every failure reaches us as a value; grpc-js would print some of them as well, on standard error and for the whole process.
if (process.env.GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE);

/** The one gRPC server of a process, on which its services register. It also answers grpc.health.v1. */
export class GrpcServer {
  /** For services that use raw calls, such as SipLink. */
  readonly raw: Server;
  readonly logger: Logger;
  readonly #credentials: ServerCredentials;
  readonly #health = new HealthImplementation({ '': 'NOT_SERVING' });
  readonly #services: string[] = [];
  #address: Endpoint | undefined;

  constructor(options: GrpcServerOptions) {
    this.logger = options.logger;
    this.#credentials = options.credentials ?? ServerCredentials.createInsecure();
    this.raw = new Server({
      'grpc.max_receive_message_length': options.maxMessageBytes ?? 4 * 1024 * 1024,
      // A peer that is cut off, in one direction too, is known after at most the sum of the two.
      'grpc.keepalive_time_ms': 2_000,
      'grpc.keepalive_timeout_ms': 3_000,
    });
    this.#health.addToServer(this.raw);
  }

  /** Adds a service by its generated definition, with handlers in the shape of grpc-js. */
  addService(definition: ServiceDefinition, handlers: UntypedServiceImplementation): void {
    this.raw.addService(definition, handlers);
    const name = Object.values(definition)[0]?.path.split('/')[1];
    if (name === undefined) return;
    this.#services.push(name);
    this.#health.setStatus(name, this.#address === undefined ? 'NOT_SERVING' : 'SERVING');
  }

  /** Says by grpc.health.v1 whether one service (its full name, `ringdown.location.v1.LocationService`) can serve. */
  setServing(service: string, serving: boolean): void {
    this.#health.setStatus(service, serving ? 'SERVING' : 'NOT_SERVING');
  }

  /** Begins to listen; port 0 takes a free one. Throws a ServiceError that names the address where it can't. */
  async listen(at: Endpoint): Promise<Endpoint> {
    const host = at.host.includes(':') ? `[${at.host}]` : at.host;
    const port = await new Promise<number>((resolve, reject) => {
      this.raw.bindAsync(`${host}:${at.port}`, this.#credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(listenError('gRPC', 'RINGDOWN_GRPC', at, error));
      });
    });
    this.#address = { host: at.host, port };
    for (const service of ['', ...this.#services]) this.#health.setStatus(service, 'SERVING');
    return this.#address;
  }

  /** Where it listens; undefined before. */
  get address(): Endpoint | undefined {
    return this.#address;
  }

  /** Refuses new calls and lets those under way end, for at most `timeoutMs`; then they are cut. */
  async drain(timeoutMs: number): Promise<void> {
    for (const service of ['', ...this.#services]) this.#health.setStatus(service, 'NOT_SERVING');
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => this.raw.forceShutdown(), timeoutMs);
      this.raw.tryShutdown(() => {
        clearTimeout(cut);
        resolve();
      });
    });
    this.#address = undefined;
  }

  /** Cuts everything at once. */
  stop(): void {
    this.raw.forceShutdown();
    this.#address = undefined;
  }
}

export interface RegisterOptions {
  /** The service's own tracing: every sampled call gets a server span. */
  readonly tracing?: Tracing;
  /** The service's own metrics: every unary call is measured there. */
  readonly metrics?: Registry;
  /** The service's own logger; unexpected errors are logged there. */
  readonly logger?: Logger;
}

/**
 * Serves an implementation of the promise interface. A ServiceError reaches the caller with its code, message and details;
 * anything else is a bug, which is logged here and reaches the caller as `internal`.
 */
export function registerService<Definition extends ServiceDefinition>(
  server: GrpcServer,
  definition: Definition,
  implementation: PromiseService<Definition>,
  options: RegisterOptions = {},
): void {
  const handlers: UntypedServiceImplementation = {};
  const logger = options.logger ?? server.logger;
  const meter = options.metrics === undefined ? undefined : grpcMeter(options.metrics, 'server');
  for (const [name, method] of Object.entries(definition)) {
    if (method.requestStream) throw new Error(`${method.path} streams its requests: register it with addService`);
    const implemented = (implementation as Record<string, unknown>)[name];
    if (typeof implemented !== 'function') throw new Error(`${method.path} is not implemented`);
    const bound = implemented.bind(implementation);
    const shared = { path: method.path, logger, tracing: options.tracing, meter };
    handlers[name] = method.responseStream ? streamingHandler(bound, shared) : unaryHandler(bound, shared);
  }
  server.addService(definition, handlers);
}
