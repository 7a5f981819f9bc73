/** What a phone speaks at, and what the ear takes for a tone or for none, as peak amplitudes of 16-bit samples. */
export const loudness = { spoken: 8_000, heard: 4_000, silent: 200 } as const;

/** A phone that speaks a tone of its own, answers by itself, has one call at a time, and knows which tones it hears. */
export interface TonePhone {
  /** Address of record without the scheme, such as `alice@demo.ringdown.test`. */
  readonly address: string;
  /** What it speaks SIP over. */
  readonly transport: 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';
  /** The tone that it speaks, in hertz. */
  readonly toneHertz: number;
  /** Resolves when it is registered; rejects with what it tells when it isn't within the time. */
  register(timeoutMs?: number): Promise<void>;
  /** Calls an address of record. `established` tells what comes of it. */
  call(address: string): void;
  hangUp(): void;
  /** The present end of all that has happened to it, for `established` and `ended` to begin at. */
  mark(): Promise<number>;
  /** Resolves when a call has been established since a mark; rejects with what happened instead. */
  established(since: number, timeoutMs?: number): Promise<void>;
  /** Resolves, when a call has ended since a mark, with what the phone says about why. */
  ended(since: number, timeoutMs?: number): Promise<string>;
  /** The ports of its own that the present call's media may come to. */
  mediaPorts(): Promise<readonly number[]>;
  /** Amplitude of a tone in the last `seconds` (at most 1, which it is unless told) of what the present call has brought; 0 without a call. */
  heard(hertz: number, seconds?: number): Promise<number>;
  /** Listens for so long, at most 1 s, from now on: the amplitude of each tone in what comes meanwhile. Where nothing comes there is silence. */
  listenFor(hertz: readonly number[], seconds: number): Promise<readonly number[]>;
  /** What the phone tells, for a test that fails. */
  log(): Promise<string>;
  stop(): Promise<void>;
}
