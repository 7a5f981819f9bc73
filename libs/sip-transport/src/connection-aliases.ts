import { isIP } from 'node:net';
import { isCertifiedFor } from './certificate-names.js';
import { formatHostPort, type HostPort, plainHost } from './host-port.js';
import type { StreamConnection } from './stream-connection.js';

/** More than a peer has ports; bounds what one connection can make us remember. */
const maxAliasesPerConnection = 4;

/** Connections that peers opened and that may carry requests back, by the address that their alias stands for (RFC 5923 §8.2). */
export class ConnectionAliases {
  readonly #byAddress = new Map<string, StreamConnection[]>();
  readonly #addressesOf = new Map<StreamConnection, string[]>();

  /**
   * Remembers the connection for the address that it comes from, at the port of this sent-by. False where its peer hasn't proven
   * by a certificate that the sent-by is its own.
   */
  add(connection: StreamConnection, sentBy: HostPort): boolean {
    const { peerNames, remote } = connection;
    if (!connection.accepted || connection.closed || peerNames === undefined) return false;
    const byAddress = isIP(sentBy.host) !== 0 && plainHost(sentBy.host) === remote.host && peerNames.length > 0;
    if (!byAddress && !isCertifiedFor(peerNames, sentBy.host)) return false;
    const address = formatHostPort({ host: remote.host, port: sentBy.port });
    const addresses = this.#addressesOf.get(connection) ?? [];
    if (addresses.includes(address)) return true;
    if (addresses.length === maxAliasesPerConnection) return false;
    this.#addressesOf.set(connection, [...addresses, address]);
    this.#byAddress.set(address, [...(this.#byAddress.get(address) ?? []), connection]);
    return true;
  }

  /** The newest open connection that stands for this address and whose peer has proven to be `serverName` (RFC 5923 §5, §6). */
  find(remote: HostPort, serverName: string): StreamConnection | undefined {
    return this.#byAddress
      .get(formatHostPort(remote))
      ?.findLast(({ closed, peerNames }) => !closed && isCertifiedFor(peerNames ?? [], serverName));
  }

  delete(connection: StreamConnection): void {
    for (const address of this.#addressesOf.get(connection) ?? []) {
      const left = this.#byAddress.get(address)?.filter((other) => other !== connection) ?? [];
      if (left.length === 0) this.#byAddress.delete(address);
      else this.#byAddress.set(address, left);
    }
    this.#addressesOf.delete(connection);
  }
}
