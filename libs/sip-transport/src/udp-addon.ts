import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Where things are in the memory that a port shares with the add-on (`struct area` in native/udp-area.h): offsets and sizes in bytes, slots in numbers. */
export interface UdpAreaLayout {
  readonly counters: number;
  readonly control: number;
  readonly from: number;
  readonly receivedLength: number;
  readonly to: number;
  readonly sendOffset: number;
  readonly sendLength: number;
  readonly refusals: number;
  readonly send: number;
  readonly receive: number;
  readonly receiveSlots: number;
  readonly receiveStride: number;
  readonly sendSlots: number;
  readonly sendBytes: number;
}

/** A socket as the add-on binds it; every field is needed. */
export interface UdpAddonOptions {
  readonly host: string;
  readonly port: number;
  readonly ipv6: boolean;
  readonly reusePort: boolean;
  readonly receiveBufferBytes: number;
  readonly sendBufferBytes: number;
  /** How long to gather before a read under load; 0: never. */
  readonly gatherMs: number;
  /** From how many datagrams in 10 ms on. */
  readonly gatherFrom: number;
}

/** A port inside the add-on. */
export type UdpAddonHandle = { readonly brand: unique symbol };

/** What `native/addon.c` exports. */
export interface UdpAddon {
  readonly layout: UdpAreaLayout;
  /** Binds. A number says what went wrong, as libuv numbers errors. `onTurn` is called when the area holds something to see. */
  open(
    options: UdpAddonOptions,
    onTurn: () => void,
  ):
    | { readonly handle: UdpAddonHandle; readonly area: ArrayBuffer; readonly host: string; readonly port: number }
    | number;
  /** Sends what is queued now. */
  flush(handle: UdpAddonHandle): void;
  /** Tries once more to send what is queued, and frees the address at once. */
  close(handle: UdpAddonHandle): void;
  /** Writes the address and scope of a peer into its six words; false where the text is no IPv6 address. */
  parseIpv6(host: string, words: Int32Array): boolean;
  formatIpv6(words: Int32Array): string;
}

export type UdpAddonResult =
  | { readonly kind: 'loaded'; readonly addon: UdpAddon }
  /** `reason` goes behind a colon. */
  | { readonly kind: 'missing'; readonly reason: string };

const path = fileURLToPath(new URL('../dist-native/batched-udp.node', import.meta.url));

/** Loads the add-on, where it was built for this system. */
export function loadUdpAddon(file: string = path): UdpAddonResult {
  if (!existsSync(file))
    return { kind: 'missing', reason: `it isn't built, which takes a C compiler (Debian: gcc libc6-dev)` };
  try {
    return { kind: 'loaded', addon: createRequire(import.meta.url)(file) as UdpAddon };
  } catch (error) {
    return {
      kind: 'missing',
      reason: `it can't be loaded (${error instanceof Error ? error.message : String(error)})`,
    };
  }
}
