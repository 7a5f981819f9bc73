import type { TonePhone } from '@ringdown/testbed';

export type Transport = TonePhone['transport'];

export const transports = ['UDP', 'TCP', 'TLS', 'WS', 'WSS'] as const satisfies readonly Transport[];

/** Whether phones that speak it are browsers: they want ICE and DTLS-SRTP, where others speak plain RTP. */
export function isWeb(transport: Transport): boolean {
  return transport === 'WS' || transport === 'WSS';
}

/** What a phone is made of, wherever it is. */
export interface PhoneIdentity {
  /** Address of record without the scheme. */
  readonly address: string;
  readonly password: string;
  readonly toneHertz: number;
}

/** A platform of several edges, and phones somewhere around it. */
export interface Place {
  /** How the table is headed. */
  readonly name: string;
  /** The way that the media of a call between two transports has to take here. */
  media(caller: Transport, callee: Transport): 'direct' | 'relayed';
  /** Starts a phone and resolves when it is registered: a caller's at another edge than a callee's. */
  phone(transport: Transport, side: 'caller' | 'callee', identity: PhoneIdentity): Promise<TonePhone>;
  /** The edges that hold the bindings of a user, by their names. */
  edgesOf(username: string): Promise<readonly string[]>;
  /** Of each call that the media relay has now, the ports of its two ends. */
  relayedPorts(): Promise<readonly ReadonlySet<number>[]>;
  stop(): Promise<void>;
}
