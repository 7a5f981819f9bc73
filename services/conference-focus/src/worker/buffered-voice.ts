import {
  type AudioDecoder,
  type AudioSource,
  type Codec,
  JitterBuffer,
  type PutVerdict,
  type RtpView,
} from '@ringdown/media';

/** A member's packets as steady samples of one rate: held by a jitter buffer, decoded when they are due, concealed when they are missing. */
export class BufferedVoice implements AudioSource {
  readonly #buffer: JitterBuffer;
  readonly #decoder: AudioDecoder;
  readonly #held: Int16Array;
  readonly #packet: Int16Array;
  readonly #samplesPerMs: number;
  #length = 0;
  #lastPacket: number;

  constructor(
    codec: Codec,
    readonly payloadType: number,
  ) {
    this.#samplesPerMs = codec.sampleRate / 1000;
    this.#decoder = codec.createDecoder();
    this.#packet = new Int16Array(120 * this.#samplesPerMs);
    this.#held = new Int16Array(240 * this.#samplesPerMs);
    this.#lastPacket = 20 * this.#samplesPerMs;
    const ticksPerSample = codec.clockRate / codec.sampleRate;
    this.#buffer = new JitterBuffer({
      clockRate: codec.clockRate,
      ticksOf: (_payloadType, payload) => this.#decoder.samplesOf(payload) * ticksPerSample,
    });
  }

  put(packet: RtpView, nowMs: number): PutVerdict {
    return this.#buffer.put(packet, nowMs);
  }

  read(out: Int16Array, nowMs: number): 'audio' | 'concealed' | 'silence' {
    let concealed = false;
    while (this.#length < out.length) {
      const taken = this.#buffer.take(nowMs);
      if (taken === 'silence') {
        if (this.#length === 0) {
          out.fill(0);
          return 'silence';
        }
        this.#held.fill(0, this.#length, out.length);
        this.#length = out.length;
        break;
      }
      let samples = this.#lastPacket;
      if (taken === 'missing') {
        concealed = true;
        this.#decoder.conceal(this.#packet, samples);
      } else {
        samples = this.#decoder.decode(taken.payload, this.#packet);
        this.#lastPacket = samples > 0 ? samples : this.#lastPacket;
      }
      for (let index = 0; index < samples; index++) this.#held[this.#length + index] = this.#packet[index] as number;
      this.#length += samples;
    }
    for (let index = 0; index < out.length; index++) out[index] = this.#held[index] as number;
    this.#held.copyWithin(0, out.length, this.#length);
    this.#length -= out.length;
    return concealed ? 'concealed' : 'audio';
  }

  free(): void {
    this.#decoder.free();
  }
}
