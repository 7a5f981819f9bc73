/** What a phone in a page needs to register. */
export interface PagePhoneOptions {
  /** `ws://host:port` or `wss://host:port`. */
  readonly url: string;
  /** Address of record without the scheme. */
  readonly address: string;
  readonly password: string;
  /** The tone that it speaks, in hertz, and its peak amplitude as of 16-bit samples. */
  readonly toneHertz: number;
  readonly amplitude: number;
  readonly expiresSec: number;
  /** What its camera shows; without, it has none. */
  readonly colour?: Colour;
  /** The one codec for video that it offers; all that it has unless told. */
  readonly videoCodec?: VideoCodec;
}

export type VideoCodec = 'VP8' | 'H264';

/** What a camera shows, and what an eye tells apart. */
export type Colour = 'red' | 'green' | 'blue';

/** That another colour was to be seen, or none of these. */
export interface Sight {
  readonly colour: Colour | 'other';
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** The phone in a page, as the page's global `phone`. */
export interface PagePhone {
  /** Connects and registers; `events` tells what becomes of it. */
  register(options: PagePhoneOptions): Promise<void>;
  call(target: string): void;
  hangUp(): void;
  stop(): Promise<void>;
  /** All that has happened so far, in order: `registered`, `established`, `ended by remote: Terminated`… */
  events(): readonly string[];
  /** Resolves when more than `after` things have happened, or after `waitMs`. */
  changed(after: number, waitMs: number): Promise<void>;
  /** Amplitude of a tone in the last `seconds`, at most 1, of what the latest call has brought, as of 16-bit samples. */
  heard(hertz: number, seconds: number): number;
  /** Whether its tone is to be heard, as it is from the beginning. Returns when that changed, in milliseconds since 1970. */
  speak(aloud: boolean): number;
  /** The colours that the frames of the latest call's video had, as they followed each other. */
  sights(): readonly Sight[];
  /** How many frames of the latest call's video have been decoded. */
  framesSeen(): number;
  /** The ports of the latest call's ICE candidates. */
  mediaPorts(): Promise<readonly number[]>;
}
