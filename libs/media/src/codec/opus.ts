import type { AudioDecoder, AudioEncoder, Codec, EncoderOptions } from './codec.js';
import { carriesFrameBefore, opusSamples } from './opus-packet.js';
import { loadOpusWasm, type OpusWasm } from './opus-wasm.js';

const SAMPLE_RATE = 48_000;
const LONGEST_SAMPLES = 120 * 48;
const SHORTEST_SAMPLES = 2.5 * 48;
const LARGEST_PACKET = 1500;
const AUDIO_APPLICATION = 2049;
/** The most that RFC 7587 §3.1.1 recommends for speech in full band. */
const BITRATE = 40_000;
/** Of 10. From 5 on voices keep their pitch better (CELT's prefilter); 10 costs half as much again. */
const COMPLEXITY = 5;

/** Requests of `opus_encoder_ctl`. */
const Ctl = {
  Bitrate: 4002,
  Complexity: 4010,
  InbandFec: 4012,
  PacketLossPercent: 4014,
  Dtx: 4016,
  Signal: 4024,
} as const;
const Signal = { Voice: 3001, Music: 3002 } as const;
/** Losing less, a listener is better off without copies: they take bits from the sound itself. */
const COPIES_FROM_PERCENT = 2;

let loading: Promise<Codec> | undefined;

/**
 * Opus (RFC 6716, 7587) by libopus: mono at 48 kHz, a stereo packet comes out as mono. Must be loaded once a thread; every call gives the same.
 * Encoders and decoders hold memory outside of the collector's reach until they are freed.
 */
export function loadOpus(): Promise<Codec> {
  loading ??= loadOpusWasm().then(opusIn);
  return loading;
}

/** Opus by one instance of the module, in its memory. */
export function opusIn(wasm: OpusWasm): Codec {
  const memory = new SharedMemory(wasm);
  return {
    name: 'opus',
    clockRate: SAMPLE_RATE,
    sampleRate: SAMPLE_RATE,
    createEncoder: (options) => new OpusEncoder(wasm, memory, options ?? {}),
    createDecoder: () => new OpusDecoder(wasm, memory),
  };
}

/** Where one packet and its samples are put for the module: calls don't overlap, so all encoders and decoders of a thread share it. */
class SharedMemory {
  readonly packet: number;
  readonly samples: number;
  readonly #wasm: OpusWasm;
  #view: Int16Array = new Int16Array(0);

  constructor(wasm: OpusWasm) {
    this.#wasm = wasm;
    this.packet = wasm._malloc(LARGEST_PACKET);
    this.samples = wasm._malloc(LONGEST_SAMPLES * 2);
    if (this.packet === 0 || this.samples === 0) throw new Error('libopus has no memory for a packet');
  }

  /** The first `count` samples. The view is made anew only when the memory has grown or the count has changed. */
  samplesView(count: number): Int16Array {
    const heap = this.#wasm.HEAP16;
    if (this.#view.length !== count || this.#view.buffer !== heap.buffer) {
      this.#view = heap.subarray(this.samples >> 1, (this.samples >> 1) + count);
    }
    return this.#view;
  }

  putPacket(packet: Uint8Array): void {
    this.#wasm.HEAPU8.set(packet, this.packet);
  }

  takePacket(out: Uint8Array, length: number): void {
    const heap = this.#wasm.HEAPU8;
    for (let i = 0, from = this.packet; i < length; i++, from++) out[i] = heap[from]!;
  }

  /** The address of an encoder or decoder; throws where there is no memory for it. */
  created(create: (error: number) => number): number {
    const address = create(this.samples);
    if (address === 0)
      throw new Error(`libopus made no encoder or decoder: error ${this.#wasm.HEAP32[this.samples >> 2]}`);
    return address;
  }
}

/**
 * libopus has two ways to code a voice at this rate. CELT alone, which it takes for music, costs a third of SILK and CELT together, which it takes for
 * voices, and sounds much the same at 40 kbit/s; but only SILK carries copies of lost frames. So a listener gets the dear way only where it can read the copies and does
 * lose packets.
 */
class OpusEncoder implements AudioEncoder {
  readonly #wasm: OpusWasm;
  readonly #memory: SharedMemory;
  readonly #mayCopy: boolean;
  #encoder: number;
  #copies = false;

  constructor(wasm: OpusWasm, memory: SharedMemory, options: EncoderOptions) {
    this.#wasm = wasm;
    this.#memory = memory;
    this.#encoder = memory.created((error) => wasm._oc_create_encoder(SAMPLE_RATE, 1, AUDIO_APPLICATION, error));
    this.#mayCopy = options.inbandFec === true;
    this.#set(Ctl.Signal, Signal.Music);
    this.#set(Ctl.Bitrate, options.bitrate ?? BITRATE);
    this.#set(Ctl.Complexity, options.complexity ?? COMPLEXITY);
    this.#set(Ctl.Dtx, options.dtx === true ? 1 : 0);
  }

  expectLoss(percent: number): void {
    if (!this.#mayCopy || this.#encoder === 0) return;
    const copies = percent >= COPIES_FROM_PERCENT;
    if (copies) this.#set(Ctl.PacketLossPercent, Math.min(100, Math.round(percent)));
    if (copies === this.#copies) return;
    this.#copies = copies;
    this.#set(Ctl.Signal, copies ? Signal.Voice : Signal.Music);
    this.#set(Ctl.InbandFec, copies ? 1 : 0);
    if (!copies) this.#set(Ctl.PacketLossPercent, 0);
  }

  encode(samples: Int16Array, out: Uint8Array): number {
    if (this.#encoder === 0 || samples.length > LONGEST_SAMPLES) return 0;
    this.#memory.samplesView(samples.length).set(samples);
    const capacity = Math.min(out.length, LARGEST_PACKET);
    const length = this.#wasm._oc_encode(
      this.#encoder,
      this.#memory.samples,
      samples.length,
      this.#memory.packet,
      capacity,
    );
    if (length <= 0) return 0;
    this.#memory.takePacket(out, length);
    return length;
  }

  free(): void {
    if (this.#encoder !== 0) this.#wasm._oc_destroy_encoder(this.#encoder);
    this.#encoder = 0;
  }

  /** Values out of range leave libopus's default. */
  #set(request: number, value: number): void {
    this.#wasm._oc_encoder_ctl(this.#encoder, request, value);
  }
}

class OpusDecoder implements AudioDecoder {
  readonly #wasm: OpusWasm;
  readonly #memory: SharedMemory;
  #decoder: number;

  constructor(wasm: OpusWasm, memory: SharedMemory) {
    this.#wasm = wasm;
    this.#memory = memory;
    this.#decoder = memory.created((error) => wasm._oc_create_decoder(SAMPLE_RATE, 1, error));
  }

  samplesOf(payload: Uint8Array): number {
    return opusSamples(payload);
  }

  decode(payload: Uint8Array, out: Int16Array): number {
    const samples = opusSamples(payload);
    if (this.#decoder === 0 || samples === 0 || samples > out.length || payload.length > LARGEST_PACKET) return 0;
    this.#memory.putPacket(payload);
    return this.#decode(payload.length, out, samples, 0);
  }

  conceal(out: Int16Array, samples: number): void {
    const count = samples - (samples % SHORTEST_SAMPLES);
    const done = this.#decoder === 0 || count > LONGEST_SAMPLES ? 0 : this.#decode(0, out, count, 0);
    out.fill(0, done, samples);
  }

  recover(nextPayload: Uint8Array, out: Int16Array, samples: number): boolean {
    if (this.#decoder === 0 || nextPayload.length > LARGEST_PACKET || !carriesFrameBefore(nextPayload)) return false;
    // The copy is as long as the frame that carries it; more than that is not in it.
    if (opusSamples(nextPayload) !== samples || samples > out.length) return false;
    this.#memory.putPacket(nextPayload);
    return this.#decode(nextPayload.length, out, samples, 1) === samples;
  }

  free(): void {
    if (this.#decoder !== 0) this.#wasm._oc_destroy_decoder(this.#decoder);
    this.#decoder = 0;
  }

  /** A length of 0 conceals. Returns how many samples were written; 0 where the packet is malformed. */
  #decode(length: number, out: Int16Array, samples: number, fec: number): number {
    const { packet, samples: address } = this.#memory;
    const count = this.#wasm._oc_decode(this.#decoder, length === 0 ? 0 : packet, length, address, samples, fec);
    if (count <= 0) return 0;
    out.set(this.#memory.samplesView(count));
    return count;
  }
}
