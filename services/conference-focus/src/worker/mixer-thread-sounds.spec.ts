import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AudioCodec } from '../ports/mixer.js';
import { MixerUnderTest } from '../testing/mixer-under-test.js';
import type { RtpPhone } from '../testing/rtp-phone.js';

// What is waited for comes at the pace of speech.
vi.setConfig({ testTimeout: 20_000 });

const [a, b, c] = [425, 850, 1275];
let mixer: MixerUnderTest;

beforeEach(() => {
  mixer = new MixerUnderTest();
});

afterEach(() => mixer.close());

async function enter(encoding: AudioCodec['encoding'], hertz: number): Promise<RtpPhone> {
  const { audio } = await mixer.open(encoding);
  return mixer.enter(encoding, hertz, audio, { encoding });
}

describe('phones of several codecs', () => {
  it('hear each other', async () => {
    const phones = [await enter('G722', a), await enter('opus', b), await enter('PCMA', c)];
    const heard = (): boolean[][] => phones.map((phone) => [a, b, c].map((hertz) => phone.hears(hertz) > 4000));
    const others = phones.map((phone) => phones.map((other) => other !== phone));
    await phones[0]?.hearUntil(() => heard().join() === others.join());
    expect(heard()).toEqual(others);
    for (const [index, hertz] of [a, b, c].entries()) expect(phones[index]?.hears(hertz)).toBeLessThan(200);
  });
});

describe('sounds', () => {
  it('are over when they have been heard, or cannot be', async () => {
    const [one, two] = [await mixer.join('one', 0), await mixer.join('two', 0)];
    await one.hear(5);
    const everybody = mixer.ask({ type: 'play', sound: { kind: 'tones', name: 'recording' }, to: 'everybody' });
    await Promise.all([one.hear(8), two.hear(8)]);
    expect(Math.max(...one.heard.slice(-1000))).toBeGreaterThan(4000);
    expect(Math.max(...two.heard.slice(-1000))).toBeGreaterThan(4000);
    await everybody;
    const samples = Int16Array.from({ length: 8000 }, (_, at) => 6000 * Math.sin((2 * Math.PI * 400 * at) / 16_000));
    const alone = mixer.ask({ type: 'play', sound: { kind: 'samples', samples, sampleRate: 16_000 }, to: 'two' });
    await two.hear(14);
    expect(two.hears(400)).toBeGreaterThan(4000);
    expect(one.hears(400)).toBeLessThan(200);
    await alone;
    const left = mixer.ask({ type: 'play', sound: { kind: 'tones', name: 'muted' }, to: 'two' });
    await mixer.ask({ type: 'remove', member: 'two' });
    await left;
  });
});

describe('a recording', () => {
  it('is what somebody would hear who only listens', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recording-'));
    try {
      const [one, two] = [await mixer.join('one', a), await mixer.join('two', b)];
      await Promise.all([one.hear(20), two.hear(20)]);
      const path = join(folder, 'room.wav');
      await mixer.ask({ type: 'start-recording', path });
      await expect(mixer.ask({ type: 'start-recording', path: join(folder, 'again.wav') })).rejects.toThrow('already');
      await one.hear(60);
      const recorded = await mixer.ask({ type: 'stop-recording' });
      expect(await mixer.ask({ type: 'stop-recording' })).toBeUndefined();
      const file = await readFile(path);
      const samples = new Int16Array(file.buffer.slice(file.byteOffset + 44, file.byteOffset + file.length));
      expect(recorded?.durationMs).toBe((samples.length / 16_000) * 1000);
      expect(recorded?.durationMs).toBeGreaterThanOrEqual(1000);
      for (const hertz of [a, b]) expect(amplitudeOf(samples, hertz)).toBeGreaterThan(6000);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is refused where no file can be made', async () => {
    await mixer.join('one', a);
    const path = join(fileURLToPath(import.meta.url), 'room.wav');
    await expect(mixer.ask({ type: 'start-recording', path })).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(await mixer.ask({ type: 'stop-recording' })).toBeUndefined();
  });
});

/** The largest amplitude of a tone within 40 ms, since a jitter buffer may stretch what is said. */
function amplitudeOf(samples: Int16Array, hertz: number): number {
  const amplitudes = Array.from({ length: samples.length / 640 }, (_, part) => {
    const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / 16_000);
    let [one, two] = [0, 0];
    for (const sample of samples.subarray(part * 640, (part + 1) * 640))
      [one, two] = [sample + coefficient * one - two, one];
    return (2 * Math.sqrt(Math.max(0, one * one + two * two - coefficient * one * two))) / 640;
  });
  return Math.max(...amplitudes);
}
