import type { MixedMessage } from './message-mix.js';

/** `proxy`: parse what routing needs and write the forwarded message. `full`: every header value structured. */
export const PATHS = ['proxy', 'full'] as const;
export type Path = (typeof PATHS)[number];

export const PARTS = ['everyday', 'rfc4475'] as const satisfies readonly MixedMessage['part'][];
export type Part = (typeof PARTS)[number];

/** A stretch of work for one library: these messages over and over, for so long. */
export interface Turn {
  readonly path: Path;
  readonly part: Part;
  /** Messages that are not taken, because some library does not accept them. */
  readonly leftOut: readonly string[];
  readonly seconds: number;
}

export interface TurnResult {
  readonly messages: number;
  /** CPU time of the whole process, compiler and collector threads included. */
  readonly cpuUs: number;
}

/** Why a library does not take part with a message. */
export interface Refusal {
  readonly message: string;
  readonly path: Path;
  readonly reason: string;
}
