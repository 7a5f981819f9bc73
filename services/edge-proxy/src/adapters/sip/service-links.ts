import type { SipLinkClass, SipLinkConnector, SipLinkFlow } from '@ringdown/sip-transport';

/** Streams to the instances of the platform's SIP services, a pair for each instance: calls and registrations never share one. */
export class ServiceLinks {
  readonly #connectors = new Map<string, SipLinkConnector[]>();
  #turn = 0;

  /** `open` makes the connector of one class to one instance. */
  add(service: string, open: (linkClass: SipLinkClass) => SipLinkConnector): void {
    const connectors = this.#connectors.get(service) ?? [];
    for (const linkClass of ['calls', 'registrations'] as const) {
      const connector = open(linkClass);
      connector.start();
      connectors.push(connector);
    }
    this.#connectors.set(service, connectors);
  }

  /** The stream for a request, taking the instances in turn; undefined while none has accepted one. */
  flow(service: string, method: string): SipLinkFlow | undefined {
    const linkClass: SipLinkClass = method === 'REGISTER' ? 'registrations' : 'calls';
    const connected = (this.#connectors.get(service) ?? []).filter(
      (each) => each.linkClass === linkClass && each.connected,
    );
    if (connected.length === 0) return undefined;
    this.#turn = (this.#turn + 1) % 1_000_000;
    return connected[this.#turn % connected.length]?.flow;
  }

  /** Whether a service of this name can be reached now. */
  reaches(service: string, method: string): boolean {
    return this.flow(service, method) !== undefined;
  }

  /** Resolves when every instance has accepted its streams. */
  async connected(): Promise<void> {
    await Promise.all([...this.#connectors.values()].flat().map((connector) => connector.whenConnected()));
  }

  close(): void {
    for (const connectors of this.#connectors.values()) for (const connector of connectors) connector.close();
  }
}
