import type { RegistrationGovernor } from '../../domain/registration-governor.js';
import type { ProxiedRequest, ProxyListener } from './proxied-request.js';

/** Tells the governor which REGISTERs wait for a registrar; everything else it passes on. */
export class RegistrationsUnderWay implements ProxyListener {
  readonly #waiting = new Set<ProxiedRequest>();

  constructor(
    private readonly governor: RegistrationGovernor,
    private readonly next: ProxyListener,
  ) {}

  forwarded(...step: Parameters<ProxyListener['forwarded']>): void {
    const [proxied] = step;
    if (proxied.request.method === 'REGISTER' && !this.#waiting.has(proxied)) {
      this.#waiting.add(proxied);
      this.governor.began();
    }
    this.next.forwarded(...step);
  }

  answered(...step: Parameters<ProxyListener['answered']>): void {
    this.next.answered(...step);
  }

  finished(...step: Parameters<ProxyListener['finished']>): void {
    if (this.#waiting.delete(step[0])) this.governor.ended();
    this.next.finished(...step);
  }
}
