import { randomUUID } from 'node:crypto';
import { events, securityEvents } from '@ringdown/contracts';
import type { Bus } from '@ringdown/platform';
import { Header, type SipRequest } from '@ringdown/sip-message';
import type { Ingress } from '@ringdown/sip-runtime';
import { LogBudget } from '../../domain/log-budget.js';
import type { SecurityObserver } from '../../ports/security-observer.js';

export interface SecurityEventOptions {
  readonly bus: Bus;
  readonly edgeId: string;
  /** Unix time in milliseconds. */
  readonly wallClock: () => number;
}

/**
 * Publishes what guards the platform listens for: wrong credentials, borrowed identities, unknown domains. Of each source as many events as it gets
 * lines in the log; a guard has seen enough by then, and what is beyond is dropped.
 */
export class BusSecurityEvents implements SecurityObserver {
  readonly #budget = new LogBudget();

  constructor(private readonly options: SecurityEventOptions) {}

  refused(
    request: SipRequest,
    ingress: Ingress,
    tenantId: string,
    username: string,
    failure: 'credentials' | 'identity',
  ): void {
    const claimedUri = request.method === 'REGISTER' ? request.to.uri : request.from.uri;
    this.#publish(
      request,
      ingress,
      tenantId,
      failure === 'identity'
        ? { $case: 'identityRefused', value: { username, claimedUri } }
        : { $case: 'authenticationFailed', value: { username, failure: events.AuthenticationFailure.WRONG_PASSWORD } },
    );
  }

  unknownDomain(request: SipRequest, ingress: Ingress, domain: string): void {
    this.#publish(request, ingress, '', { $case: 'unknownDomain', value: { domain } });
  }

  #publish(
    request: SipRequest,
    ingress: Ingress,
    tenantId: string,
    event: NonNullable<events.SecurityEvent['event']>,
  ): void {
    const { bus, edgeId, wallClock } = this.options;
    const { flow } = ingress;
    const atMs = wallClock();
    if (this.#budget.take(atMs, flow.remote.host).kind === 'silent') return;
    const message: events.SecurityEvent = {
      eventId: randomUUID(),
      atMs,
      tenantId,
      edgeId,
      sourceHost: flow.remote.host,
      sourcePort: flow.remote.port,
      transport: flow.transport,
      method: request.method,
      sipCallId: request.callId,
      userAgent: request.value(Header.UserAgent) ?? '',
      event,
    };
    bus.publish(securityEvents.subject(message), securityEvents.encode(message));
  }
}
