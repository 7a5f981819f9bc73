import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** Told of each datagram. The bytes are this call's alone to change. */
export type DatagramReader = (bytes: Buffer, host: string, port: number) => void;

/** Some 100 ms of the busiest stream of video; a flood beyond it is the kernel's to drop. */
const receiveBufferBytes = 256 * 1024;

/** A bound UDP socket of one stream. */
export class MediaSocket {
  readonly #socket: Socket;
  #isClosed = false;
  #guard: 'none' | 'peer' | 'itself' = 'none';

  private constructor(socket: Socket) {
    this.#socket = socket;
    // What the kernel doesn't take, or a peer doesn't want any more, is a packet that is lost.
    socket.on('error', () => undefined);
  }

  /** Undefined where the port is taken; rejects where the address isn't ours. */
  static open(host: string, port: number, read: DatagramReader): Promise<MediaSocket | undefined> {
    return new Promise((resolve, reject) => {
      const socket = createSocket({
        type: isIPv6(host) ? 'udp6' : 'udp4',
        ipv6Only: isIPv6(host),
        recvBufferSize: receiveBufferBytes,
        // A name never reaches a socket: dgram would otherwise go through the resolver's thread pool for every datagram.
        lookup: (name, _options, found) => found(null, name, isIPv6(host) ? 6 : 4),
      });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        socket.close();
        if (error.code === 'EADDRINUSE') resolve(undefined);
        else reject(error);
      });
      socket.once('listening', () => {
        socket.removeAllListeners('error');
        const opened = new MediaSocket(socket);
        socket.on('message', (bytes, { address, port }) => {
          if (opened.#guard !== 'itself') read(bytes, address, port);
        });
        resolve(opened);
      });
      socket.bind(port, host);
    });
  }

  send(bytes: Uint8Array, host: string, port: number): void {
    if (this.#isClosed) return;
    if (this.#guard === 'none') this.#socket.send(bytes, port, host);
    else if (this.#guard === 'peer') this.#socket.send(bytes);
  }

  /**
   * From now on the kernel drops what doesn't come from this peer, which costs this thread nothing; without a peer it drops everything, and
   * nothing is sent. It is done by connecting the socket, to the peer or to itself.
   */
  guard(peer: { readonly host: string; readonly port: number } | undefined): void {
    if (this.#isClosed || this.#guard !== 'none') return;
    this.#guard = peer === undefined ? 'itself' : 'peer';
    const { address, port } = peer === undefined ? this.#socket.address() : { address: peer.host, port: peer.port };
    this.#socket.connect(port, address);
  }

  /** The end of `guard`. */
  unguard(): void {
    if (this.#isClosed || this.#guard === 'none') return;
    this.#guard = 'none';
    try {
      this.#socket.disconnect();
    } catch {
      // It was never connected: the kernel had no way to the peer.
    }
  }

  /** Resolves when the port is free. */
  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    return new Promise((resolve) => {
      this.#socket.close(() => resolve());
    });
  }
}
