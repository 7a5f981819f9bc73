import type { Kind } from '../cell.js';
import type { Address, Place } from '../systems/mixing-system.js';

/** What the network does to the packets of all participants. */
export interface Impairment {
  /** 0 to 1, each packet by itself. */
  readonly lossShare: number;
  /** Each packet is late by itself, evenly from 0 to this, so that packets overtake each other. */
  readonly mostDelayMs: number;
  readonly seed: number;
}

export interface LoadPlan {
  readonly kind: Kind;
  readonly places: readonly Place[];
  /** A fifth at a time, each for two seconds; or the first alone, from the begin to the end. All others send the noise of a quiet room. */
  readonly speaking: 'a fifth' | 'the first';
  /** How long what is spoken is until it begins anew. */
  readonly speechSec: number;
  readonly impairment: Impairment | undefined;
  /** Whose sound is kept. */
  readonly listener: number | undefined;
}

/** Since the load began. */
export interface LoadCounts {
  readonly sent: number;
  readonly received: number;
  readonly receivedRtcp: number;
}

/** What one participant heard: samples at their RTP timestamps. */
export interface Heard {
  readonly samples: Int16Array;
  readonly sampleRate: number;
}

/** What the process with the load is asked. */
export type LoadQuestions = {
  /** Where all participants are. */
  readonly address: { readonly asked: undefined; readonly answer: Address };
  readonly begin: { readonly asked: LoadPlan; readonly answer: undefined };
  readonly counts: { readonly asked: undefined; readonly answer: LoadCounts };
  readonly end: { readonly asked: undefined; readonly answer: Heard | undefined };
};
