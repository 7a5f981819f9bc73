import {
  AudioReceiver,
  type Codec,
  type MixInput,
  ReceptionStatistics,
  type RtpView,
  type SampleRate,
} from '@ringdown/media';
import type { AudioLeg } from '../ports/mixer.js';
import type { AudioCodecs } from './audio-codecs.js';

interface Format {
  readonly payloadType: number;
  readonly codec: Codec;
}

/** A member's voice on its way from packets to the mix, at the rate of the codec that it is sent in. */
export class VoiceIn implements MixInput {
  statistics: ReceptionStatistics | undefined;
  rate: SampleRate = 8000;
  ssrc = -1;
  readonly #codecs: AudioCodecs;
  #formats: readonly Format[] = [];
  #receiver: AudioReceiver | undefined;
  #payloadType = -1;

  constructor(codecs: AudioCodecs) {
    this.#codecs = codecs;
  }

  /** After an offer and answer. */
  configure(leg: AudioLeg | undefined): void {
    this.#formats =
      leg?.accepted.flatMap((accepted) => {
        const codec = this.#codecs[accepted.encoding];
        return codec === undefined ? [] : [{ payloadType: accepted.receivePayloadType, codec }];
      }) ?? [];
    this.#receiver?.setFormats(this.#formats);
    this.#payloadType = -1;
  }

  takes(payloadType: number): boolean {
    return this.#formatOf(payloadType) !== undefined;
  }

  /** Counts a packet, of the voice or of keys. */
  count(packet: RtpView, nowMs: number): void {
    const codec = this.#formatOf(packet.payloadType)?.codec;
    if (packet.ssrc !== this.ssrc || this.statistics === undefined) {
      this.ssrc = packet.ssrc;
      this.statistics = new ReceptionStatistics({ clockRate: codec?.clockRate ?? 8000 });
      this.forget();
    } else if (codec !== undefined) this.statistics.setClockRate(codec.clockRate);
    this.statistics.received(packet.sequenceNumber, packet.timestamp, nowMs);
  }

  /** Keeps a packet of the voice until its time. Returns whether the rate has changed. */
  put(packet: RtpView, nowMs: number): boolean {
    const { rate } = this;
    if (this.#receiver === undefined || packet.payloadType !== this.#payloadType) {
      this.rate = this.#formatOf(packet.payloadType)?.codec.sampleRate ?? rate;
      this.#receiver ??= new AudioReceiver({ formats: this.#formats, sampleRate: this.rate });
      this.#receiver.setSampleRate(this.rate);
      this.#payloadType = packet.payloadType;
    }
    this.#receiver.put(packet, nowMs);
    return this.rate !== rate;
  }

  read(out: Int16Array, nowMs: number): 'audio' | 'concealed' | 'silence' {
    if (this.#receiver !== undefined) return this.#receiver.read(out, nowMs);
    out.fill(0);
    return 'silence';
  }

  gauge(samples: number, nowMs: number): number {
    return this.#receiver === undefined ? 0 : this.#receiver.gauge(samples, nowMs);
  }

  gauged(out: Int16Array): void {
    this.#receiver?.gauged(out);
  }

  /** What was kept is not heard any more. */
  forget(): void {
    this.#receiver?.free();
    this.#receiver = undefined;
  }

  #formatOf(payloadType: number): Format | undefined {
    const formats = this.#formats;
    for (let index = 0; index < formats.length; index++)
      if (formats[index]?.payloadType === payloadType) return formats[index];
    return undefined;
  }
}
