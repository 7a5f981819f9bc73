import type { AudioDecoder, Codec, SampleRate } from '../codec/codec.js';
import { EncodeProfiles } from '../mix/encode-profile.js';
import { holdMusic } from '../mix/hold-music.js';
import { MixMember } from '../mix/mix-member.js';
import type { MixOutput } from '../mix/mix-output.js';
import { tickMs } from '../mix/mix-rate.js';
import { RoomMix } from '../mix/room-mix.js';
import { amplitudeOf } from './tones.js';

const music = holdMusic();

/** One of a room that hears through its own decoder and says a tone, or whatever it is given. */
export class Talker extends MixMember {
  /** What it says: a tone of this frequency; 0 is silence. */
  hertz = 0;
  amplitude = 8000;
  /** Said over and over instead of a tone. */
  says: Int16Array | undefined;
  heard: Int16Array = new Int16Array(0);
  /** When each packet began, in ms of the room. */
  readonly starts: number[] = [];
  readonly payloads: Uint8Array[] = [];
  private readonly decoder: AudioDecoder;
  private position = 0;

  constructor(
    id: string,
    readonly codec: Codec,
  ) {
    super(id);
    this.decoder = codec.createDecoder();
    this.speakBy(codec.sampleRate);
  }

  speakBy(rate: SampleRate): void {
    this.speaksBy({ rate, read: (out) => this.read(out, rate), gauge: () => -1, gauged: () => undefined });
  }

  take(payload: Uint8Array, startMs: number): void {
    this.starts.push(startMs);
    this.payloads.push(payload.slice());
    const samples = new Int16Array(5760);
    const length = this.decoder.decode(payload, samples);
    const heard = new Int16Array(this.heard.length + length);
    heard.set(this.heard);
    heard.set(samples.subarray(0, length), this.heard.length);
    this.heard = heard;
  }

  /** How loud a tone is in the last `ms` that were heard. */
  hears(hertz: number, ms = 200): number {
    const { sampleRate } = this.codec;
    return amplitudeOf(this.heard.subarray(-(ms * sampleRate) / 1000), hertz, sampleRate);
  }

  private read(out: Int16Array, rate: SampleRate): 'audio' | 'silence' {
    const { says } = this;
    if (says !== undefined) {
      for (let index = 0; index < out.length; index++) out[index] = says[this.position++ % says.length] as number;
      return 'audio';
    }
    if (this.hertz === 0) {
      out.fill(0);
      return 'silence';
    }
    for (let index = 0; index < out.length; index++, this.position++)
      out[index] = Math.round(this.amplitude * Math.sin((2 * Math.PI * this.hertz * this.position) / rate));
    return 'audio';
  }
}

/** A room whose members decode what they are sent. */
export class MixedRoom {
  readonly room: RoomMix<Talker>;
  readonly profiles = new EncodeProfiles();
  readonly speakers: (readonly string[])[] = [];
  private tick = -1;

  constructor(options: { isMusicForAlone?: boolean } = {}) {
    this.room = new RoomMix<Talker>({ music, ...options });
  }

  add(id: string, codec: Codec, options: { hertz?: number; ptimeMs?: number; fec?: boolean } = {}): Talker {
    const talker = new Talker(id, codec);
    talker.hertz = options.hertz ?? 0;
    talker.profile = this.profiles.of(codec, options.ptimeMs ?? tickMs, { inbandFec: options.fec });
    this.room.add(talker);
    return talker;
  }

  /** Lets time go by. */
  run(ms: number): void {
    for (const end = this.tick + ms / tickMs; this.tick < end; ) {
      const changed = this.room.advance(++this.tick, this.tick * tickMs, this);
      if (changed !== undefined) this.speakers.push(changed);
    }
  }

  packet(member: Talker, output: MixOutput, index: number): void {
    const packetMs = output.profile.ptimeMs;
    const payload = (output.payloads[index] as Uint8Array).subarray(0, output.lengths[index]);
    member.take(payload, output.startMs + index * packetMs);
  }
}
