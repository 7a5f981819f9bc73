import type { Via } from '@ringdown/sip-message';
import { type Flow, formatHostPort, type HostPort } from '@ringdown/sip-transport';

/** RFC 3261 §18.1.1: the port a sent-by means when it names none. */
const defaultPort = 5060;

/** The addresses that stand in this element's Via, and so in the responses that are for it (RFC 3261 §18.1.2). */
export class SentBy {
  /** Between pods no address matters; RFC 2606 keeps the name from ever being a host's. */
  readonly #linkName: string;
  readonly #own = new Set<string>();
  /** What was asked for last: an element has few addresses, and is asked with every message. */
  #ownHost = '';
  #ownPort: number | undefined;
  #local: HostPort | undefined;
  #written = '';
  /** By the local address of flows, which is the same object with all flows of a port. */
  readonly #byLocal = new Map<HostPort, string>();

  constructor(elementName: string) {
    this.#linkName = `${elementName.toLowerCase().replace(/[^a-z0-9-]/g, '-')}.siplink.invalid`;
    this.#own.add(`${this.#linkName}:${defaultPort}`);
  }

  add(address: HostPort): void {
    const written = formatHostPort(address);
    this.#own.add(written.toLowerCase());
    this.#byLocal.set(address, written);
  }

  /** Whether this element could have written the Via. */
  isOwn(via: Via): boolean {
    const { host, port } = via;
    if (host === this.#ownHost && port === this.#ownPort) return true;
    if (!this.#own.has(`${host}:${port ?? defaultPort}`)) return false;
    this.#ownHost = host;
    this.#ownPort = port;
    return true;
  }

  /** The sent-by for requests on this flow. */
  forFlow(flow: Flow): string {
    if (flow.transport === 'SIPLINK') return this.#linkName;
    if (flow.local !== this.#local) {
      this.#local = flow.local;
      this.#written = this.#byLocal.get(flow.local) ?? formatHostPort(flow.local);
    }
    return this.#written;
  }

  /** The Via value for a request on this flow. RFC 3581 §3: rport asks that responses come back through NATs. */
  via(flow: Flow, branch: string): string {
    const rport = flow.transport === 'UDP' ? ';rport' : '';
    return `SIP/2.0/${flow.transport} ${this.forFlow(flow)};branch=${branch}${rport}`;
  }
}
