import {
  type Codec,
  type MixInput,
  ReceptionStatistics,
  RtpView,
  type SampleRate,
  SrtpReceiver,
} from '@ringdown/media';
import type { AudioLeg, SrtpKeys } from '../ports/mixer.js';
import { codecOf } from './audio-codecs.js';
import { BufferedVoice } from './buffered-voice.js';
import { noRefusals, type Refusals } from './refusals.js';
import { SourceLatch } from './source-latch.js';

/** What a receiver tells of. */
export interface AudioReceiverEvents {
  /** The first packet has come, or packets come from elsewhere than before. */
  latched(): void;
  /** There is a voice of another rate than before. */
  voiceChanged(): void;
  /** A packet of RFC 4733. */
  telephoneEvent(packet: RtpView, nowMs: number): void;
}

interface Format {
  readonly payloadType: number;
  readonly codec: Codec;
}

/** One packet at a time is looked at on a thread. */
const view = new RtpView();
const noFormats: readonly Format[] = [];

/** What a member sends: which packets are its own, and their way to the mix. Nothing that comes throws; what is refused is counted. */
export class AudioReceiver implements MixInput {
  readonly refused: Refusals = noRefusals();
  readonly latch = new SourceLatch();
  /** When the last packet came that was the member's; 0 before any. */
  lastMs = 0;
  statistics: ReceptionStatistics | undefined;
  /** Whether anybody may hear it: else nothing is kept and decoded. */
  isWanted = true;
  #leg: AudioLeg | undefined;
  #formats = noFormats;
  #voice: BufferedVoice | undefined;
  #rate: SampleRate = 8000;
  #srtp: SrtpReceiver | undefined;
  #keys: SrtpKeys | undefined;
  #ssrc = -1;

  constructor(private readonly events: AudioReceiverEvents) {}

  get rate(): SampleRate {
    return this.#rate;
  }

  /** Whether what comes is taken at all. */
  get mayReceive(): boolean {
    return this.#leg?.direction === 'sendrecv' || this.#leg?.direction === 'recvonly';
  }

  /** After an offer and answer. */
  configure(leg: AudioLeg | undefined): void {
    this.#leg = leg;
    this.#formats =
      leg?.accepted.flatMap((accepted) => {
        const codec = codecOf(accepted);
        return codec === undefined ? [] : [{ payloadType: accepted.receivePayloadType, codec }];
      }) ?? noFormats;
    const keys = leg?.srtp;
    if (keys === undefined) this.#srtp = undefined;
    else if (this.#keys === undefined || !isSameKey(this.#keys, keys))
      this.#srtp = new SrtpReceiver(keys.suite, keys.receive, this.#srtp);
    this.#keys = keys;
    if (!this.mayReceive) this.forget();
  }

  /** Takes one datagram. `bytes` may be changed. */
  receive(bytes: Uint8Array, host: string, port: number, nowMs: number): boolean {
    const { refused } = this;
    if (!this.mayReceive) return false;
    let { length } = bytes;
    if (this.#srtp !== undefined) {
      const opened = this.#srtp.unprotectRtp(bytes, length);
      if (typeof opened !== 'number') {
        refused[opened === 'replay' || opened === 'malformed' ? opened : 'authentication']++;
        return false;
      }
      length = opened;
    }
    if (view.read(bytes, length) !== undefined) {
      refused.malformed++;
      return false;
    }
    const { payloadType } = view;
    const isEvent = payloadType === this.#leg?.dtmf?.receivePayloadType;
    const format = isEvent ? undefined : this.#formatOf(payloadType);
    if (!isEvent && format === undefined) {
      refused['payload-type']++;
      return false;
    }
    const { latched } = this.latch;
    if (!this.latch.accept(host, port, view.ssrc, view.sequenceNumber, nowMs, this.#srtp !== undefined)) {
      refused.source++;
      return false;
    }
    if (this.latch.latched !== latched) this.events.latched();
    this.lastMs = nowMs;
    this.#count(format, nowMs);
    if (isEvent) this.events.telephoneEvent(view, nowMs);
    else if (format !== undefined && this.isWanted) this.#keep(format, nowMs);
    return true;
  }

  /** Opens an RTCP compound where it stands and returns its length; -1 for one that is refused. */
  openRtcp(bytes: Uint8Array): number {
    if (this.#srtp === undefined) return bytes.length;
    const opened = this.#srtp.unprotectRtcp(bytes, bytes.length);
    if (typeof opened === 'number') return opened;
    this.refused[opened === 'replay' || opened === 'malformed' ? opened : 'authentication']++;
    return -1;
  }

  read(out: Int16Array, nowMs: number): 'audio' | 'concealed' | 'silence' {
    if (this.#voice !== undefined) return this.#voice.read(out, nowMs);
    out.fill(0);
    return 'silence';
  }

  /** What was kept is not heard any more. */
  forget(): void {
    this.#voice?.free();
    this.#voice = undefined;
  }

  #formatOf(payloadType: number): Format | undefined {
    const formats = this.#formats;
    for (let index = 0; index < formats.length; index++)
      if (formats[index]?.payloadType === payloadType) return formats[index];
    return undefined;
  }

  #count(format: Format | undefined, nowMs: number): void {
    if (view.ssrc !== this.#ssrc || this.statistics === undefined) {
      this.#ssrc = view.ssrc;
      this.statistics = new ReceptionStatistics({ clockRate: format?.codec.clockRate ?? 8000 });
      this.forget();
    } else if (format !== undefined) this.statistics.setClockRate(format.codec.clockRate);
    this.statistics.received(view.sequenceNumber, view.timestamp, nowMs);
  }

  #keep(format: Format, nowMs: number): void {
    if (this.#voice?.payloadType !== format.payloadType) {
      this.forget();
      this.#voice = new BufferedVoice(format.codec, format.payloadType);
      this.#rate = format.codec.sampleRate;
      this.events.voiceChanged();
    }
    this.#voice.put(view, nowMs);
  }
}

function isSameKey(one: SrtpKeys, other: SrtpKeys): boolean {
  return one.suite === other.suite && Buffer.compare(one.receive, other.receive) === 0;
}
