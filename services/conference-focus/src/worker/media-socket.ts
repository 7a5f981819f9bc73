/**
 * Told of each datagram, and when it came, on the clock of `performance.now()`. The bytes are this call's alone to change, and good until it
 * returns.
 */
export type DatagramReader = (bytes: Buffer, host: string, port: number, nowMs: number) => void;

/** Some 100 ms of the busiest stream of video; a flood beyond it is the kernel's to drop. */
export const receiveBufferBytes = 256 * 1024;

/** A bound UDP socket of one stream. */
export interface MediaSocket {
  /** What the kernel doesn't take is lost. The bytes must stay as they are until the next call. */
  send(bytes: Uint8Array, host: string, port: number): void;
  /**
   * From now on the kernel drops what doesn't come from this peer, which costs this thread nothing; without a peer it drops everything, and
   * nothing is sent. It is done by connecting the socket, to the peer or to itself.
   */
  guard(peer: { readonly host: string; readonly port: number } | undefined): void;
  /** The end of `guard`. */
  unguard(): void;
  /** Resolves when the port is free. */
  close(): Promise<void>;
}

/** Binds a socket. Undefined where the port is taken; rejects where the address isn't ours. */
export type OpenMediaSocket = (host: string, port: number, read: DatagramReader) => Promise<MediaSocket | undefined>;
