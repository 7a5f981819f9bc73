import type { KeyStream } from './key-stream.js';

/**
 * How the packets of one direction, SRTP's or SRTCP's, are enciphered and authenticated. Everything is done in the packet's own memory.
 * A packet that `open` refuses has the bytes that it came with.
 */
export interface PacketTransform {
  /** Bytes that sealing adds. */
  readonly overheadBytes: number;
  keyStream(ssrc: number): KeyStream;
  /** Seals the packet in 0 … `length`, whose first `header` bytes stay readable; returns the new length. */
  seal(stream: KeyStream, packet: Uint8Array, header: number, length: number, high: number, low: number): number;
  /** Opens the packet in 0 … `length`; returns the new length, or -1 where it is not authentic. */
  open(stream: KeyStream, packet: Uint8Array, header: number, length: number, high: number, low: number): number;
}
