import type { Flow, SipLinkClass, SipLinkConnector, SipLinkFlow } from '@ringdown/sip-transport';

/** RFC 3261 §17.1.2.2: 64*T1, after which nobody waits for an answer, and a little. */
const retireMs = 35_000;

/** Streams to the instances of the platform's SIP services, a pair for each instance: calls and registrations never share one. */
export class ServiceLinks {
  readonly #connectors = new Map<string, SipLinkConnector[]>();
  readonly #retired = new Map<NodeJS.Timeout, readonly SipLinkConnector[]>();
  #turn = 0;

  /** `open` makes the connector of one class to one instance. Returns what lets go of that instance: it gets nothing new from then on. */
  add(service: string, open: (linkClass: SipLinkClass) => SipLinkConnector): () => void {
    const connectors = this.#connectors.get(service) ?? [];
    const added = (['calls', 'registrations'] as const).map(open);
    for (const connector of added) connector.start();
    connectors.push(...added);
    this.#connectors.set(service, connectors);
    return () => {
      this.#connectors.set(
        service,
        (this.#connectors.get(service) ?? []).filter((each) => !added.includes(each)),
      );
      this.#retire(added);
    };
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

  /** The stream to one pod of a service, by the name that it gives itself; also while it leaves, for what it has. */
  flowToPod(service: string, pod: string): SipLinkFlow | undefined {
    for (const { linkClass, flow } of this.#connectors.get(service) ?? [])
      if (linkClass === 'calls' && flow?.peer.name === pod) return flow;
    return undefined;
  }

  /** The pod of a service that is at the other end of a flow; undefined where none is. */
  podAt(service: string, flow: Flow): string | undefined {
    const link = (this.#connectors.get(service) ?? []).find((each) => each.flow === flow);
    return link?.flow?.peer.name;
  }

  /** How many streams are open to the instances of each service, by class. */
  *streams(): Iterable<readonly [service: string, linkClass: SipLinkClass, open: number]> {
    for (const [service, connectors] of this.#connectors)
      for (const linkClass of ['calls', 'registrations'] as const)
        yield [service, linkClass, connectors.filter((each) => each.linkClass === linkClass && each.connected).length];
  }

  /** The service at the other end of a flow; undefined where it is none of these streams. */
  serviceAt(flow: Flow): string | undefined {
    for (const [service, connectors] of this.#connectors)
      if (connectors.some((each) => each.flow === flow)) return service;
    return undefined;
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
    for (const [timer, connectors] of this.#retired) {
      clearTimeout(timer);
      for (const connector of connectors) connector.close();
    }
    this.#retired.clear();
  }

  /** What was asked of an instance is answered by it, also while it drains. */
  #retire(connectors: readonly SipLinkConnector[]): void {
    const timer = setTimeout(() => {
      this.#retired.delete(timer);
      for (const connector of connectors) connector.close();
    }, retireMs);
    timer.unref();
    this.#retired.set(timer, connectors);
  }
}
