import { networkInterfaces } from 'node:os';
import { isWildcard, ServiceError, type SipListener } from '@ringdown/platform';
import { type Flow, formatHostPort, type HostPort, type StreamPort } from '@ringdown/sip-transport';
import type { ListeningAddress } from '../../domain/own-addresses.js';
import { type ListenerSurroundings, type OpenListener, openListener } from './open-listener.js';
import type { Wires } from './outbound.js';

export interface ListenerOptions extends ListenerSurroundings {
  readonly listeners: readonly SipListener[];
}

/** How often another port is tried when the one that a listener got is taken for the other of its pair. */
const maxTries = 20;

type DatagramListener = Extract<OpenListener, { transport: 'UDP' }>;
type StreamListener = Exclude<OpenListener, { transport: 'UDP' }>;

/** The edge's sockets. Nothing can be sent before `open`. */
export class Listeners implements Wires {
  readonly #all: OpenListener[] = [];
  readonly #udp: DatagramListener[] = [];
  readonly #streams: StreamListener[] = [];
  #udp4: DatagramListener | undefined;
  #udp6: DatagramListener | undefined;
  /** Names of UDP listeners, where the family of a peer doesn't tell which it is. */
  readonly #names = new Map<HostPort, string>();

  /** Opens all, or none: throws a ServiceError that names the setting when an address, or the asked kind of UDP socket, can't be had. */
  async open({ listeners, ...surroundings }: ListenerOptions): Promise<void> {
    for (const group of groupsOf(listeners)) {
      for (const opened of await openGroup(group, surroundings)) this.#add(opened);
    }
  }

  /** In the order of the settings. */
  get all(): readonly OpenListener[] {
    return this.#all;
  }

  /** Those over UDP. */
  get datagrams(): readonly DatagramListener[] {
    return this.#udp;
  }

  /** Those over connections. */
  get streams(): readonly StreamListener[] {
    return this.#streams;
  }

  /** Where it listens, as peers see it: over UDP, or by the first listener where there is none for UDP. */
  get address(): HostPort {
    const first = this.#udp[0] ?? this.#all[0];
    if (first === undefined) throw new Error('the sockets are not open');
    return first.port.address;
  }

  /** Which socket UDP got, for a person; undefined where it doesn't listen on UDP. */
  get udpDescription(): string | undefined {
    const [first] = this.#udp;
    if (first === undefined) return undefined;
    const { kind } = first.port;
    return first.fallbackReason === undefined ? kind : `${kind} (no add-on for batches: ${first.fallbackReason})`;
  }

  get addresses(): readonly ListeningAddress[] {
    return this.#all.map(({ transport, family, port: { address } }) => {
      const host = address.host.includes(':') ? `[${address.host}]` : address.host;
      return { transport, family, host, port: address.port, local: address };
    });
  }

  /** Places that lead here and that nobody writes: what is bound, and every address of the machine for a wildcard. */
  get aliases(): readonly { readonly host: string; readonly port: number }[] {
    return this.#all.flatMap(({ bound, family }) => {
      const hosts = isWildcard(bound.host) ? machineAddresses(family) : [bound.host];
      return hosts.map((host) => ({ host: family === 6 ? `[${host}]` : host, port: bound.port }));
    });
  }

  udp(remote: HostPort, listener?: string): Flow | undefined {
    return this.#udpListener(remote.host, listener)?.port.flowTo(remote);
  }

  stream(transport: string, remote: HostPort, serverName: string): Flow | undefined {
    // A server can't open a WebSocket (RFC 7118 §5.2.1).
    if (transport !== 'TCP' && transport !== 'TLS') return undefined;
    const family = remote.host.includes(':') ? 6 : 4;
    const port: StreamPort | undefined = this.#streams.find(
      (each) => each.transport === transport && each.family === family,
    )?.port;
    return port?.flowTo(remote, serverName);
  }

  /** RFC 5923 §5: requests to a sent-by go over the flow of a peer that has proven to be it, where that peer has asked for it. */
  alias(flow: Flow, sentBy: HostPort): void {
    const listener = this.#streams.find(({ port }) => port.address === flow.local);
    if (listener?.transport === 'TLS') listener.port.alias(flow, sentBy);
  }

  connection(transport: string, id: number): Flow | undefined {
    for (const listener of this.#streams) {
      const flow = listener.transport === transport ? listener.port.flow(id) : undefined;
      if (flow !== undefined) return flow;
    }
    return undefined;
  }

  /** The name that tells this UDP listener's flows from those of the others of its family; undefined where it has none beside it. */
  nameOf(local: HostPort): string | undefined {
    return this.#names.get(local);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(({ port }) => port.close()));
  }

  #udpListener(peerHost: string, name: string | undefined): DatagramListener | undefined {
    const usual = peerHost.includes(':') ? this.#udp6 : this.#udp4;
    if (name === undefined) return usual;
    // Another edge may name a listener that this one hasn't: then the family decides.
    return this.#udp.find(({ port }) => this.#names.get(port.address) === name) ?? usual;
  }

  #add(opened: OpenListener): void {
    this.#all.push(opened);
    if (opened.transport !== 'UDP') {
      this.#streams.push(opened);
      return;
    }
    this.#udp.push(opened);
    if (opened.family === 6) this.#udp6 ??= opened;
    else this.#udp4 ??= opened;
    const same = this.#udp.filter(({ family }) => family === opened.family);
    if (same.length > 1) for (const { port } of same) this.#names.set(port.address, formatHostPort(port.address));
  }
}

/** UDP and TCP at any port of one host are asked for together, so that they get the same; all else is alone. */
function groupsOf(listeners: readonly SipListener[]): readonly (readonly SipListener[])[] {
  const groups: SipListener[][] = [];
  for (const listener of listeners) {
    const partner = groups.find(
      ([first, second]) => first !== undefined && second === undefined && arePair(first, listener),
    );
    if (partner === undefined) groups.push([listener]);
    else partner.push(listener);
  }
  return groups;
}

function arePair(a: SipListener, b: SipListener): boolean {
  if (a.port !== 0 || b.port !== 0 || a.host !== b.host || a.transport === b.transport) return false;
  return [a, b].every(({ transport }) => transport === 'UDP' || transport === 'TCP');
}

async function openGroup(
  group: readonly SipListener[],
  surroundings: ListenerSurroundings,
): Promise<readonly OpenListener[]> {
  for (let attempt = 1; ; attempt += 1) {
    const opened: OpenListener[] = [];
    try {
      for (const listener of group)
        opened.push(await openListener(listener, opened[0]?.bound.port ?? listener.port, surroundings));
      return opened;
    } catch (error) {
      await Promise.all(opened.map(({ port }) => port.close()));
      // Where the second of a pair failed, another port may be free for both.
      if (opened.length === 0 || attempt === maxTries || !isTaken(error)) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof ServiceError && error.details['code'] === 'EADDRINUSE';
}

function machineAddresses(family: 4 | 6): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((each) => each.family === `IPv${family}`)
    .map(({ address }) => address);
}
