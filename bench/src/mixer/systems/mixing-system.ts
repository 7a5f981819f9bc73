import type { Kind } from '../cell.js';

/** An address of the load. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a participant's media goes, and its keys. */
export interface Place {
  readonly host: string;
  readonly rtpPort: number;
  /** Undefined where the system knows no RTCP. */
  readonly rtcpPort: number | undefined;
  readonly payloadType: number;
  /** Of SRTP: the key and salt that its packets are protected with. */
  readonly key: Uint8Array | undefined;
}

/** Something that mixes, as a process of its own. */
export interface MixingSystem {
  readonly name: string;
  readonly pid: number;
  readonly kinds: readonly Kind[];
  /** Opens rooms of so many participants each, who all get their media at `load` and send it from there. In order of rooms. */
  open(kind: Kind, rooms: readonly number[], load: Address): Promise<readonly Place[]>;
  /** Ends all rooms. */
  clear(): Promise<void>;
  /** How late ticks begin at the 99th of a hundred, where it tells. */
  lateP99Ms(): Promise<number | undefined>;
  stop(): Promise<void>;
}

/** By kind, as all systems and the load agree on it; G.711 and G.722 are static types (RFC 3551 §6). */
export const payloadTypes: Readonly<Record<Kind, number>> = { 'G.711': 0, 'G.722': 9, Opus: 111, SRTP: 0 };
