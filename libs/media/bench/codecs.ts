/**
 * CPU of what is done to one frame of 20 ms, in microseconds (user and system, the collector's threads included). Build first, then run
 * `node libs/media/bench/codecs.ts [seconds per row]`.
 */
import {
  AudioReceiver,
  type Codec,
  G722,
  loadOpus,
  PCMA,
  PCMU,
  ReceptionStatistics,
  Resampler,
  RtpView,
  type SampleRate,
  writeRtpHeader,
} from '@ringdown/media';

const SECONDS = Number(process.argv[2] ?? 1);
const FRAMES = 50;

/** A voice-like second: harmonics in syllables, with a little noise. */
function voice(sampleRate: number): Int16Array {
  let seed = 1;
  return Int16Array.from({ length: sampleRate }, (_, i) => {
    const t = i / sampleRate;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * t));
    let value = 0;
    for (let harmonic = 1; harmonic * 150 < 3400; harmonic++)
      value += Math.sin(2 * Math.PI * 150 * harmonic * t) / harmonic;
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return Math.round(6000 * syllable * value + 200 * (seed / 0x4000_0000 - 1));
  });
}

function framesOf(samples: Int16Array): Int16Array[] {
  const length = samples.length / FRAMES;
  return Array.from({ length: FRAMES }, (_, index) => samples.subarray(index * length, (index + 1) * length));
}

function measure(name: string, run: (index: number) => void): void {
  for (let i = 0; i < 2000; i++) run(i);
  let count = 0;
  const until = performance.now() + SECONDS * 1000;
  const before = process.cpuUsage();
  while (performance.now() < until) for (let i = 0; i < 100; i++) run(count++);
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${((user + system) / count).toFixed(2).padStart(8)} µs  ${name}\n`);
}

function packetsOf(codec: Codec, count = FRAMES): Uint8Array[] {
  const encoder = codec.createEncoder();
  const frames = framesOf(voice(codec.sampleRate));
  const out = new Uint8Array(1500);
  const packets = Array.from({ length: count }, (_, index) =>
    out.slice(0, encoder.encode(frames[index % FRAMES]!, out)),
  );
  encoder.free();
  return packets;
}

function measureCodec(codec: Codec): void {
  const frames = framesOf(voice(codec.sampleRate));
  const packets = packetsOf(codec);
  const out = new Uint8Array(1500);
  const samples = new Int16Array(codec.sampleRate / FRAMES);
  const encoder = codec.createEncoder();
  measure(`${codec.name} encode`, (index) => encoder.encode(frames[index % FRAMES]!, out));
  encoder.free();
  const decoder = codec.createDecoder();
  measure(`${codec.name} decode`, (index) => decoder.decode(packets[index % FRAMES]!, samples));
  measure(`${codec.name} decode, of each ten one concealed`, (index) => {
    if (index % 10 === 9) decoder.conceal(samples, samples.length);
    else decoder.decode(packets[index % FRAMES]!, samples);
  });
  decoder.free();
}

/** From a datagram to samples: header, statistics, jitter buffer, decoding. `codec` and `into` differ where it is resampled as well. */
function measureReceiver(codec: Codec, into: SampleRate, jitterMs: number): void {
  const receiver = new AudioReceiver({ formats: [{ payloadType: 96, codec }], sampleRate: into });
  const statistics = new ReceptionStatistics({ clockRate: codec.clockRate });
  const view = new RtpView();
  const packets = packetsOf(codec).map((payload) => {
    const bytes = new Uint8Array(12 + payload.length);
    bytes.set(payload, 12);
    return bytes;
  });
  const out = new Int16Array(into / FRAMES);
  const ticks = codec.clockRate / FRAMES;
  let seed = 1;
  // Time and sequence go on, also from warming up to measuring.
  let index = 0;
  let heard = 0;
  measure(`${codec.name} packet to ${into / 1000} kHz, ${jitterMs} ms of jitter`, () => {
    const bytes = packets[index % FRAMES]!;
    writeRtpHeader(bytes, 0, 96, false, index, index * ticks, 1);
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    // Arrivals are only as precise as the order of the calls; the delay that grows is what matters here.
    const arrivalMs = index * 20 + (seed / 0x8000_0000) * jitterMs;
    if (view.read(bytes) !== undefined) throw new Error('The packet is no RTP');
    statistics.received(view.sequenceNumber, view.timestamp, arrivalMs);
    receiver.put(view, arrivalMs);
    if (receiver.read(out, index * 20 + 10) === 'audio') heard++;
    index++;
  });
  if (heard < index * 0.9) throw new Error(`Of ${index} packets only ${heard} were heard`);
  receiver.free();
}

const opus = await loadOpus();
for (const codec of [PCMU, PCMA, G722, opus]) measureCodec(codec);
const wideEncoder = opus.createEncoder({ inbandFec: true });
wideEncoder.expectLoss(5);
const wideFrames = framesOf(voice(48_000));
const out = new Uint8Array(1500);
measure('opus encode for a listener that loses 5 %', (index) => wideEncoder.encode(wideFrames[index % FRAMES]!, out));
wideEncoder.free();

const rates: readonly SampleRate[] = [8000, 16_000, 48_000];
for (const from of rates) {
  const frames = framesOf(voice(from));
  for (const to of rates) {
    if (from === to) continue;
    const resampler = new Resampler(from, to);
    const into = new Int16Array(to / FRAMES);
    measure(`resample ${from / 1000} to ${to / 1000} kHz`, (index) => {
      resampler.process(frames[index % FRAMES]!, from / FRAMES, into);
    });
  }
}

measureReceiver(PCMU, 8000, 0);
measureReceiver(PCMU, 8000, 40);
measureReceiver(PCMU, 48_000, 0);
measureReceiver(G722, 16_000, 0);
measureReceiver(opus, 48_000, 0);
