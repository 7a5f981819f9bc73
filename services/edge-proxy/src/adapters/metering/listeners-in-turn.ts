import type { ProxyListener } from '../sip/proxied-request.js';

/** Tells two listeners, one after the other. */
export class ListenersInTurn implements ProxyListener {
  constructor(
    private readonly first: ProxyListener,
    private readonly second: ProxyListener,
  ) {}

  forwarded(...step: Parameters<ProxyListener['forwarded']>): void {
    this.first.forwarded(...step);
    this.second.forwarded(...step);
  }

  answered(...step: Parameters<ProxyListener['answered']>): void {
    this.first.answered(...step);
    this.second.answered(...step);
  }

  finished(...step: Parameters<ProxyListener['finished']>): void {
    this.first.finished(...step);
    this.second.finished(...step);
  }
}
