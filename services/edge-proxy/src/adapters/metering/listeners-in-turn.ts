import type { SipResponse } from '@ringdown/sip-message';
import type { ForkOutcome } from '@ringdown/sip-proxy';
import type { EdgeTarget } from '../../domain/hop.js';
import type { ProxiedRequest, ProxyListener } from '../sip/proxied-request.js';

/** Tells two listeners, one after the other. */
export class ListenersInTurn implements ProxyListener {
  constructor(
    private readonly first: ProxyListener,
    private readonly second: ProxyListener,
  ) {}

  forwarded(proxied: ProxiedRequest, target: EdgeTarget): void {
    this.first.forwarded(proxied, target);
    this.second.forwarded(proxied, target);
  }

  answered(proxied: ProxiedRequest, statusCode: number, response: SipResponse | undefined): void {
    this.first.answered(proxied, statusCode, response);
    this.second.answered(proxied, statusCode, response);
  }

  finished(proxied: ProxiedRequest, outcome: ForkOutcome): void {
    this.first.finished(proxied, outcome);
    this.second.finished(proxied, outcome);
  }
}
