import type { DigestAlgorithm } from '../load/digest.js';

/** What phones hold a connection over. */
export type StreamTransport = 'TCP' | 'TLS' | 'WS' | 'WSS';

export interface StormPhoneOptions {
  readonly username: string;
  readonly password: string;
  readonly transport: StreamTransport;
  /** The address that it connects from; hundreds may share one. */
  readonly localHost: string;
  readonly digestAlgorithm: DigestAlgorithm;
}

/** Phones that register over a connection each and keep it, to be dropped all at once. */
export interface StormPlan {
  readonly domain: string;
  /** The edges, each with its port for a transport. A phone whose connection breaks, or can't be had, goes to the next one. */
  readonly edges: readonly {
    readonly host: string;
    readonly ports: Readonly<Partial<Record<StreamTransport, number>>>;
  }[];
  /** PEM file of what TLS and WSS phones trust. */
  readonly trustedPath: string;
  readonly phones: readonly StormPhoneOptions[];
  /** How many connect in a second at the beginning. */
  readonly connectsPerSec: number;
  readonly expiresSec: number;
  /** RFC 5626 §4.5 has a phone that lost a flow which worked come back at once; it comes after a time between 0 and this. */
  readonly reconnectWithinMs: number;
  /** Whether phones offer the TLS session that they had, so that the handshake is a short one. */
  readonly resumesSessions: boolean;
}

/** In milliseconds, of the last hundred thousand. */
export interface Delays {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How the phones stand. Counts are since the start. */
export interface StormReport {
  readonly connected: number;
  readonly registered: number;
  /** Registered connections that broke. */
  readonly dropped: number;
  /** Connections that could not be had, by the reason. */
  readonly connectsFailed: Readonly<Record<string, number>>;
  /** Handshakes that resumed a session. */
  readonly resumed: number;
  /** Answers to REGISTERs, by status. */
  readonly answers: Readonly<Record<string, number>>;
  /** REGISTERs that were told by 503 and Retry-After to come later. */
  readonly deferred: number;
  /** Other refusals, and REGISTERs without an answer: the first hundred. */
  readonly failed: readonly { readonly username: string; readonly reason: string }[];
  readonly failures: number;
  /** Of connections that were had, all handshakes included. */
  readonly connectMs: Delays;
  /** From a REGISTER to its answer. */
  readonly answerMs: Delays;
  /** From the loss of a connection until the phone was registered again, its own wait included. */
  readonly returnMs: Delays;
  /** CPU of the phones' own process so far. */
  readonly cpuMs: number;
}
