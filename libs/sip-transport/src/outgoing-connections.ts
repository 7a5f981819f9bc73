import { isIPv6 } from 'node:net';
import { ClosedFlow } from './closed-flow.js';
import type { ConnectionTable } from './connection-table.js';
import type { Flow } from './flow.js';
import { formatHostPort, type HostPort } from './host-port.js';
import type { ConnectionOwner, StreamConnection } from './stream-connection.js';
import type { StreamListener } from './stream-listener.js';

/** How every outgoing socket is opened. Half-open, so that what is queued is written after the peer has ended its side. */
export const connectOptions = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
} as const;

/** The connections that a port opened itself, one for each address and name expected there. */
export class OutgoingConnections {
  readonly #owner: ConnectionOwner;
  readonly #listener: StreamListener;
  readonly #connections: ConnectionTable<StreamConnection>;
  readonly #byPeer = new Map<string, StreamConnection>();

  constructor(owner: ConnectionOwner, listener: StreamListener, connections: ConnectionTable<StreamConnection>) {
    this.#owner = owner;
    this.#listener = listener;
    this.#connections = connections;
  }

  /** The open connection to this address, whose peer proved to be `serverName` where that isn't ''. */
  known(remote: HostPort, serverName: string): StreamConnection | undefined {
    const known = this.#byPeer.get(peerKey(remote, serverName));
    return known?.closed === false ? known : undefined;
  }

  /** Keeps what `open` makes, given the address to bind; a closed flow where there may be none. */
  open(remote: HostPort, serverName: string, open: (from: { localAddress?: string }) => StreamConnection): Flow {
    const { admission, bindHost, counters } = this.#listener;
    if (this.#listener.closed) return new ClosedFlow(this.#owner, remote, 'port-closed');
    if (remote.port < 1 || remote.port > 65_535) return new ClosedFlow(this.#owner, remote, 'no-such-port');
    if (!admission.enter()) {
      counters.refused += 1;
      return new ClosedFlow(this.#owner, remote, 'connection-limit');
    }
    counters.connected += 1;
    const sameFamily = bindHost !== undefined && isIPv6(bindHost) === isIPv6(remote.host);
    const connection = open(sameFamily ? { localAddress: bindHost } : {});
    this.#connections.add(connection);
    this.#byPeer.set(peerKey(remote, serverName), connection);
    void connection.whenEnded().then(() => this.#ended(connection, serverName));
    return connection;
  }

  #ended(connection: StreamConnection, serverName: string): void {
    this.#listener.admission.leave();
    const key = peerKey(connection.remote, serverName);
    if (this.#byPeer.get(key) === connection) this.#byPeer.delete(key);
  }
}

function peerKey(remote: HostPort, serverName: string): string {
  return `${formatHostPort(remote)} ${serverName}`;
}
