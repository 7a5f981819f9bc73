import { randomBytes, randomInt } from 'node:crypto';
import type { location } from '@ringdown/contracts';
import { type Logger, OutageLog, ServiceError, type Tracing } from '@ringdown/platform';
import { BranchSource, SipStack } from '@ringdown/sip-runtime';
import { type HostPort, SipLinkAcceptor } from '@ringdown/sip-transport';
import type { Registry } from 'prom-client';
import { DirectoryAnswers, type RedirectDirectoryService } from './adapters/directory/directory-answers.js';
import { RedirectServer } from './adapters/sip/redirect-server.js';
import { RedirectMetrics } from './redirect-metrics.js';

/** What a redirect server asks: the services themselves in the same process, or clients of them. */
export interface RedirectDependencies {
  readonly location: Pick<location.LocationService, 'lookup'>;
  readonly directory: RedirectDirectoryService;
}

export interface RedirectRuntimeOptions extends RedirectDependencies {
  readonly name: string;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly metrics: Registry;
  /** The address that SipLink flows name as their local one. */
  readonly local: HostPort;
  /** How long location, and the directory, may take; 2,000 unless told. */
  readonly timeoutMs?: number;
}

/** One redirect server behind SipLink. */
export class RedirectRuntime {
  /** Where edges connect: in the same process, or through a gRPC server (`serveSipLink`). */
  readonly acceptor: SipLinkAcceptor;
  readonly stack: SipStack;
  readonly #server: RedirectServer;

  constructor(options: RedirectRuntimeOptions) {
    const { logger, tracing, name, timeoutMs = 2_000 } = options;
    const outages = new OutageLog(logger);
    const metrics = new RedirectMetrics(options.metrics);
    let server: RedirectServer | undefined;
    this.stack = new SipStack({
      branches: new BranchSource({ edge: name, incarnation: randomBytes(6).toString('hex') }),
      onBug: (error) => logger.error('a bug in answering a request', { error }),
      user: (stack) => {
        server = new RedirectServer(stack, {
          logger,
          tracing,
          timeoutMs,
          answered: (statusCode, durationMs) => metrics.answered(statusCode, durationMs),
          ports: {
            directory: new DirectoryAnswers(options.directory, timeoutMs),
            bindings: options.location,
            outages: {
              failed: (dependency, error) => {
                if (error instanceof ServiceError && error.code === 'resource-exhausted')
                  metrics.overloaded(dependency);
                else outages.failed(dependency, `${dependency} can't be asked: requests get 503`, { error });
              },
              worked: (dependency) => void outages.healed(dependency, `${dependency} answers again`),
            },
            retryAfterSec: () => randomInt(3, 11),
          },
        });
        return server;
      },
    });
    if (server === undefined) throw new Error('the stack did not ask for its transaction user');
    this.#server = server;
    this.acceptor = new SipLinkAcceptor({
      events: this.stack.events,
      local: options.local,
    });
  }

  /** Sends the edges to others; resolves when what they had asked before is answered, or after `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    const settled = this.acceptor.drain().then(() => this.#server.settled());
    await Promise.race([settled, late]);
    clearTimeout(timer);
  }

  /** Ends every stream after what is queued, so that edges turn to other redirect servers. */
  stop(): void {
    this.acceptor.close();
    this.stack.close();
  }
}
