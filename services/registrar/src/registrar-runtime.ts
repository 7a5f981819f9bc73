import { randomBytes, randomInt } from 'node:crypto';
import type { directory } from '@ringdown/contracts';
import { type Logger, OutageLog, type SealKey, ServiceError, type Tracing } from '@ringdown/platform';
import { sealTemporaryGruu, TOKEN_NONCE_BYTES, temporaryGruuKeys } from '@ringdown/sip-proxy';
import { BranchSource, SipStack, UserAgentServer } from '@ringdown/sip-runtime';
import { type HostPort, SipLinkAcceptor } from '@ringdown/sip-transport';
import type { Registry } from 'prom-client';
import { DirectoryTenants } from './adapters/directory/directory-tenants.js';
import { RegisterHandler } from './adapters/sip/register-handler.js';
import type { RegistrationPolicy } from './domain/registration.js';
import type { Bindings } from './ports/bindings.js';
import type { Outages } from './ports/outages.js';
import { RegistrarMetrics } from './registrar-metrics.js';

/** What a registrar asks: the services themselves in the same process, or clients of them. */
export interface RegistrarDependencies {
  readonly location: Bindings;
  readonly directory: Pick<directory.DirectoryService, 'resolveDomain'>;
  /** The platform's, as the edges have them: they open what is sealed here. The first seals. */
  readonly sealKeys: readonly SealKey[];
  /** Has `changed` called with the keys that hold from then on. Absent: they never change. */
  readonly onSealKeys?: (changed: (keys: readonly SealKey[]) => void) => void;
}

export interface RegistrarRuntimeOptions extends RegistrarDependencies {
  readonly name: string;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly metrics: Registry;
  /** The address that SipLink flows name as their local one. */
  readonly local: HostPort;
  readonly policy?: Partial<RegistrationPolicy>;
  readonly times?: Partial<RegistrarTimes>;
}

export interface RegistrarTimes {
  /** How long location, and the directory, may take. */
  readonly timeoutMs: number;
  /** How long an answer of the directory's serves without asking again. */
  readonly freshMs: number;
  /** How long it serves while the directory can't be asked. */
  readonly staleMs: number;
}

const defaultTimes: RegistrarTimes = { timeoutMs: 2_000, freshMs: 2_000, staleMs: 600_000 };
const defaultPolicy: RegistrationPolicy = { pathWithoutSupport: false, expirySpread: 0.1 };
const rememberedAnswers = 20_000;
const outageEffects = {
  location: "location can't be asked: REGISTER gets 503",
  directory: "the directory can't be asked: REGISTER gets 503 for what was not asked about lately",
} as const;

/** One registrar: a user agent server behind SipLink. */
export class RegistrarRuntime {
  /** Where edges connect: in the same process, or through a gRPC server (`serveSipLink`). */
  readonly acceptor: SipLinkAcceptor;
  readonly stack: SipStack;
  readonly #handler: RegisterHandler;

  constructor(options: RegistrarRuntimeOptions) {
    const { logger, tracing, name } = options;
    const times = { ...defaultTimes, ...options.times };
    const outages = new OutageLog(logger);
    const metrics = new RegistrarMetrics(options.metrics);
    const told: Outages = {
      failed: (dependency, error) => {
        if (error instanceof ServiceError && error.code === 'resource-exhausted') metrics.overloaded(dependency);
        else outages.failed(dependency, outageEffects[dependency], { error });
      },
      worked: (dependency) => void outages.healed(dependency, `${dependency} answers again`),
    };
    const gruuKeys = temporaryGruuKeys(options.sealKeys);
    options.onSealKeys?.((keys) => void Object.assign(gruuKeys, temporaryGruuKeys(keys)));
    this.#handler = new RegisterHandler({
      logger,
      tracing,
      timeoutMs: times.timeoutMs,
      answered: (statusCode, durationMs) => metrics.answered(statusCode, durationMs),
      ports: {
        bindings: options.location,
        tenants: new DirectoryTenants({
          service: options.directory,
          outages: told,
          now: () => performance.now(),
          capacity: rememberedAnswers,
          ...times,
        }),
        outages: told,
        sealGruu: (gruu) => sealTemporaryGruu(gruu, gruuKeys, randomBytes(TOKEN_NONCE_BYTES)),
        policy: { ...defaultPolicy, ...options.policy },
        wallClock: () => Date.now(),
        retryAfterSec: () => randomInt(3, 11),
      },
    });
    this.stack = new SipStack({
      branches: new BranchSource({ edge: name, incarnation: randomBytes(6).toString('hex') }),
      onBug: (error) => logger.error('a bug in answering a request', { error }),
      user: (stack) =>
        new UserAgentServer(stack, {
          methods: { REGISTER: this.#handler.handle },
          supported: ['path', 'outbound', 'gruu'],
          onBug: (error) => logger.error('a REGISTER was answered with 500', { error }),
        }),
    });
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
    const settled = this.acceptor.drain().then(() => this.#handler.settled());
    await Promise.race([settled, late]);
    clearTimeout(timer);
  }

  /** Ends every stream after what is queued, so that edges turn to other registrars. */
  stop(): void {
    this.acceptor.close();
    this.stack.close();
  }
}
