import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Where things are in the memory that is shared (`struct area` in native/media-area.h): offsets and sizes in bytes, slots in numbers. */
export interface MediaLayout {
  readonly receivedSocket: number;
  readonly receivedLength: number;
  readonly receivedAgeMicros: number;
  readonly from: number;
  readonly sendDescriptor: number;
  readonly sendOffset: number;
  readonly sendLength: number;
  readonly to: number;
  readonly send: number;
  readonly receive: number;
  readonly receiveSlots: number;
  readonly receiveStride: number;
  readonly sendSlots: number;
  readonly sendBytes: number;
}

/** The sockets of a thread, inside the add-on. */
export type MediaHandle = { readonly brand: unique symbol };

/** What native/addon.c exports. Errors are negative, as libuv numbers them; addresses are words (`peerWords`). */
export interface MediaAddon {
  readonly layout: MediaLayout;
  begin(): { readonly handle: MediaHandle; readonly area: ArrayBuffer } | number;
  /** Returns the descriptor. `number`: what its datagrams bear in the area. */
  bind(handle: MediaHandle, at: Uint32Array, number: number, receiveBufferBytes: number): number;
  /** At most one datagram of each socket, into the area. Returns how many; 0 when nothing is left. */
  receive(handle: MediaHandle): number;
  /** The area's first slots. Returns how many the kernel didn't take. */
  send(handle: MediaHandle, count: number): number;
  connect(descriptor: number, peer: Uint32Array | undefined): number;
  close(handle: MediaHandle, descriptor: number): number;
  /** Writes an address but for its port; false where the text is none. */
  parse(host: string, words: Uint32Array): boolean;
  format(words: Uint32Array): string;
}

const path = fileURLToPath(new URL('../../dist-native/media-sockets.node', import.meta.url));

/** Loads the add-on; undefined where it wasn't built for this system. Throws where it was and can't be loaded. */
export function loadMediaAddon(): MediaAddon | undefined {
  return existsSync(path) ? (createRequire(import.meta.url)(path) as MediaAddon) : undefined;
}
