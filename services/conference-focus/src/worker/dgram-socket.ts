import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type DatagramReader, type MediaSocket, receiveBufferBytes } from './media-socket.js';

/** A socket of node:dgram: what comes is read at once, what is sent leaves at once. */
export class DgramSocket implements MediaSocket {
  readonly #socket: Socket;
  #isClosed = false;
  #guard: 'none' | 'peer' | 'itself' = 'none';

  private constructor(socket: Socket) {
    this.#socket = socket;
    // What the kernel doesn't take, or a peer doesn't want any more, is a packet that is lost.
    socket.on('error', () => undefined);
  }

  /** Undefined where the port is taken; rejects where the address isn't ours. */
  static open(host: string, port: number, read: DatagramReader): Promise<DgramSocket | undefined> {
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
        const opened = new DgramSocket(socket);
        socket.on('message', (bytes, { address, port }) => {
          if (opened.#guard !== 'itself') read(bytes, address, port, performance.now());
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

  guard(peer: { readonly host: string; readonly port: number } | undefined): void {
    if (this.#isClosed || this.#guard !== 'none') return;
    this.#guard = peer === undefined ? 'itself' : 'peer';
    const { address, port } = peer === undefined ? this.#socket.address() : { address: peer.host, port: peer.port };
    this.#socket.connect(port, address);
  }

  unguard(): void {
    if (this.#isClosed || this.#guard === 'none') return;
    this.#guard = 'none';
    try {
      this.#socket.disconnect();
    } catch {
      // It was never connected: the kernel had no way to the peer.
    }
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    return new Promise((resolve) => {
      this.#socket.close(() => resolve());
    });
  }
}
