/** Names as in `a=rtpmap`. */
export type CodecName = 'PCMU' | 'PCMA' | 'G722' | 'opus';

export type SampleRate = 8000 | 16000 | 48000;

/** One audio codec. It has no state; its encoders and decoders do, one for each direction of each stream. All audio is mono, 16 bits a sample. */
export interface Codec {
  readonly name: CodecName;
  /** Of RTP timestamps. G.722's is 8000 though it samples at 16000 (RFC 3551 §4.5.2). */
  readonly clockRate: number;
  /** Of what is encoded and decoded. */
  readonly sampleRate: SampleRate;
  createEncoder(options?: EncoderOptions): AudioEncoder;
  createDecoder(): AudioDecoder;
}

/** Read by Opus only. Undefined leaves the codec's default. */
export interface EncoderOptions {
  /** Bits a second. */
  readonly bitrate?: number | undefined;
  /** Whoever listens can read a lost frame from the packet after it; it is sent so where loss is expected (`expectLoss`). */
  readonly inbandFec?: boolean | undefined;
  /** Send next to nothing while it is silent. */
  readonly dtx?: boolean | undefined;
  /** 0 to 10, more is dearer and better. */
  readonly complexity?: number | undefined;
}

export interface AudioEncoder {
  /**
   * Encodes all of `samples`, 10 to 60 ms, into `out` and returns the number of bytes. 0 where `out` is too small or the length is none that the
   * codec takes (Opus: 10, 20, 40 or 60 ms).
   */
  encode(samples: Int16Array, out: Uint8Array): number;
  /** How much of what is sent gets lost, as whoever listens reports it. Answered by Opus only. */
  expectLoss(percent: number): void;
  /** Gives back what isn't garbage collected. Nothing may be called afterwards but `free`. */
  free(): void;
}

export interface AudioDecoder {
  /** How many samples a payload has, without decoding it; 0 for one that is malformed. */
  samplesOf(payload: Uint8Array): number;
  /**
   * The mean power of a payload's samples, in 16 bits each, where it can be told without decoding. What is passed over so is as if it had never come: what is decoded
   * next has nothing before it.
   */
  powerOf?(payload: Uint8Array): number;
  /** Writes at the begin of `out` and returns the number of samples; 0 where the payload is malformed or `out` too small, and nothing has changed then. */
  decode(payload: Uint8Array, out: Int16Array): number;
  /** Invents `samples` samples (up to 60 ms) in place of a packet that is missing. Goes on from what was heard and fades; what comes after it is blended in. */
  conceal(out: Int16Array, samples: number): void;
  /**
   * Whether a missing packet can be read, coarser, from the one after it (RFC 6716 §2.1.7). If it returns true then `samples` samples have been written
   * in place of the missing packet; else nothing has happened, and `conceal` is what is left.
   */
  recover(nextPayload: Uint8Array, out: Int16Array, samples: number): boolean;
  /** Gives back what isn't garbage collected. Nothing may be called afterwards but `free`. */
  free(): void;
}
