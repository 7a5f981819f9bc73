import { describe, expect, it } from 'vitest';
import { PCMA, PCMU } from '../codec/g711.js';
import { G722 } from '../codec/g722.js';
import { loadOpus } from '../codec/opus.js';
import { MixedRoom, type Talker } from '../testing/mixed-room.js';
import { amplitudeOf, babble } from '../testing/tones.js';
import { toneSound } from './tone-sounds.js';

const [a, b, c, d] = [425, 850, 1275, 1700];
const frequencies: readonly number[] = [a, b, c, d];
const free = { muted: false, deaf: false, waiting: false, gainDb: 0 };

function peak(samples: Int16Array): number {
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

/** Who hears which tones, by whether they are there. */
function heardBy(talker: Talker): number[] {
  return frequencies.filter((hertz) => {
    const amplitude = talker.hears(hertz);
    if (amplitude > 200 && amplitude < 4000) throw new Error(`${talker.id} hears ${hertz} Hz at ${amplitude}`);
    return amplitude >= 4000;
  });
}

function three(): { world: MixedRoom; one: Talker; two: Talker; third: Talker } {
  const world = new MixedRoom();
  const one = world.add('one', PCMU, { hertz: a });
  const two = world.add('two', PCMA, { hertz: b });
  const third = world.add('three', PCMU, { hertz: c });
  world.run(1000);
  return { world, one, two, third };
}

describe('who hears whom', () => {
  it('is each the others and never themselves', () => {
    const { one, two, third } = three();
    expect(heardBy(one)).toEqual([b, c]);
    expect(heardBy(two)).toEqual([a, c]);
    expect(heardBy(third)).toEqual([a, b]);
  });

  it('leaves out who is muted, for all but nobody else', () => {
    const { world, one, two, third } = three();
    two.control({ ...free, muted: true });
    world.run(600);
    expect([one, two, third].map(heardBy)).toEqual([[c], [a, c], [a]]);
    two.control(free);
    world.run(600);
    expect([one, two, third].map(heardBy)).toEqual([
      [b, c],
      [a, c],
      [a, b],
    ]);
  });

  it('gives who is deaf nothing, and takes what they say', () => {
    const { world, one, two, third } = three();
    two.control({ ...free, deaf: true });
    world.run(600);
    expect([one, two, third].map(heardBy)).toEqual([[b, c], [], [a, b]]);
    expect(Math.max(...two.heard.subarray(-800))).toBeLessThan(20);
  });

  it('gives who waits music, and the others nothing of them', () => {
    const { world, one, two, third } = three();
    two.control({ ...free, waiting: true });
    world.run(600);
    expect(heardBy(one)).toEqual([c]);
    expect(heardBy(third)).toEqual([a]);
    expect(two.hears(a)).toBeLessThan(200);
    expect(loudest(two)).toBeGreaterThan(500);
  });

  it('gives who holds nothing, and goes on when they return', () => {
    const { world, one, two, third } = three();
    const { profile } = two;
    two.profile = undefined;
    two.speaksBy(undefined);
    const before = two.payloads.length;
    world.run(600);
    expect(two.payloads.length).toBe(before);
    expect([one, third].map(heardBy)).toEqual([[c], [a]]);
    two.profile = profile;
    two.speakBy(8000);
    world.run(600);
    expect([one, two, third].map(heardBy)).toEqual([
      [b, c],
      [a, c],
      [a, b],
    ]);
  });

  it('is the three loudest and no fourth, who hears all three', () => {
    const { world, one, two, third } = three();
    const fourth = world.add('four', PCMU, { hertz: d });
    world.run(1000);
    expect(heardBy(fourth)).toEqual([a, b, c]);
    expect([one, two, third].map(heardBy)).toEqual([
      [b, c],
      [a, c],
      [a, b],
    ]);
    third.hertz = 0;
    world.run(1500);
    expect([one, two, third, fourth].map(heardBy)).toEqual([
      [b, d],
      [a, d],
      [a, b, d],
      [a, b],
    ]);
  });

  it.each([16_000, 48_000] as const)('is heard by all whatever rate a voice has: %d Hz', (rate) => {
    const { world, one, two, third } = three();
    third.speakBy(rate);
    world.run(600);
    expect([one, two, third].map(heardBy)).toEqual([
      [b, c],
      [a, c],
      [a, b],
    ]);
    expect(one.hears(c)).toBeGreaterThan(7500);
  });

  it('is heard from the first sample, whatever the others send that nobody hears', () => {
    const world = new MixedRoom();
    const one = world.add('one', PCMU);
    const noise = Array.from({ length: 5 }, (_, index) => world.add(`noise-${index}`, PCMU, { hertz: c }));
    for (const quiet of noise) quiet.amplitude = 10;
    world.run(500);
    const before = noise[0]?.heard.length ?? 0;
    one.hertz = a;
    world.run(20);
    const first = noise[0]?.heard.subarray(before) as Int16Array;
    expect(amplitudeOf(first, a, 8000)).toBeGreaterThan(2000);
    expect(amplitudeOf(first, c, 8000)).toBeLessThan(200);
  });

  it('forgets who has left', () => {
    const { world, one, third, two } = three();
    world.room.remove(two);
    world.run(600);
    expect([one, third].map(heardBy)).toEqual([[c], [a]]);
  });

  it.each([
    [6, 8000 * 1.995],
    [-6, 8000 / 1.995],
    [-20, 800],
  ])('follows a gain of %d dB', (gainDb, amplitude) => {
    const { world, one, two, third } = three();
    third.hertz = 0;
    two.control({ ...free, gainDb });
    world.run(1000);
    expect(one.hears(b)).toBeGreaterThan(amplitude * 0.9);
    expect(one.hears(b)).toBeLessThan(amplitude * 1.1);
    expect(two.hears(a)).toBeGreaterThan(7500);
  });
});

describe('one who is alone', () => {
  it('hears music until somebody comes, and again when they have left', () => {
    const world = new MixedRoom();
    const one = world.add('one', PCMU);
    world.run(1000);
    expect(loudest(one)).toBeGreaterThan(500);
    const two = world.add('two', PCMU);
    world.run(400);
    expect(loudest(one)).toBeLessThan(20);
    world.room.remove(two);
    world.run(1000);
    expect(loudest(one)).toBeGreaterThan(500);
  });
});

describe('one who is alone in a room without music', () => {
  it('hears nothing', () => {
    const world = new MixedRoom({ isMusicForAlone: false });
    const one = world.add('one', PCMU);
    world.run(1000);
    expect(loudest(one)).toBeLessThan(20);
  });
});

describe('codecs together', async () => {
  const opus = await loadOpus();

  it('hear each other, and each the others alone', () => {
    const world = new MixedRoom();
    const one = world.add('one', PCMU, { hertz: a });
    const two = world.add('two', opus, { hertz: b });
    const third = world.add('three', opus, { hertz: c });
    world.run(1500);
    expect([one, two, third].map(heardBy)).toEqual([
      [b, c],
      [a, c],
      [a, b],
    ]);
  });

  it('change nothing for who is there when another one joins', () => {
    const heard = [false, true].map((joins) => {
      const world = new MixedRoom();
      world.add('one', PCMU, { hertz: a });
      world.add('two', PCMU, { hertz: b });
      const listener = world.add('listener', PCMU);
      world.run(500);
      if (joins) world.add('three', opus);
      world.run(500);
      return listener.heard;
    });
    expect(heard[1]).toEqual(heard[0]);
  });

  it.each([10, 20, 40, 60])('have packets of %d ms', (ptimeMs) => {
    const world = new MixedRoom();
    const one = world.add('one', opus, { ptimeMs });
    world.add('two', PCMU, { hertz: b });
    world.run(1200);
    expect(one.starts).toEqual(one.starts.map((_, index) => index * ptimeMs));
    expect(one.heard.length).toBe(48 * ptimeMs * one.starts.length);
    expect(heardBy(one)).toEqual([b]);
  });

  it('are coded with copies while a listener loses packets', () => {
    const world = new MixedRoom();
    const one = world.add('one', opus, { fec: true });
    world.add('two', PCMU).says = babble(8000, 4);
    world.run(8000);
    one.output?.noteLoss(10);
    world.run(9000);
    const decoder = opus.createDecoder();
    const out = new Int16Array(960);
    const copies = one.payloads.map((payload) => decoder.recover(payload, out, 960));
    expect(copies.slice(0, 400).some(Boolean)).toBe(false);
    expect(copies.slice(500, 750).filter(Boolean).length).toBeGreaterThan(100);
    decoder.free();
  });
});

describe('loudness', () => {
  it('of ten who shout is brought within 16 bits without clipping', () => {
    const world = new MixedRoom();
    const loud = Array.from({ length: 10 }, (_, index) => {
      const talker = world.add(`loud-${index}`, PCMU, { hertz: 425 + index * 50 });
      talker.amplitude = 32_000;
      return talker;
    });
    const listener = world.add('listener', PCMU);
    world.run(2000);
    expect(Math.max(...listener.heard.subarray(-8000))).toBeLessThan(32_767);
    expect(Math.max(...listener.heard.subarray(-8000))).toBeGreaterThan(26_000);
    const heard = loud.filter((_, index) => listener.hears(425 + index * 50, 1000) > 4000);
    expect(heard).toHaveLength(3);
    // Clipping would make tones that nobody says: sums and differences of three frequencies.
    for (const hertz of [225, 275, 325, 1000, 1275, 1500]) expect(listener.hears(hertz, 1000)).toBeLessThan(400);
  });
});

describe('what is encoded', () => {
  it('is one mix for all who only listen, however many, and one for each who is heard', () => {
    const world = new MixedRoom();
    world.add('one', PCMU, { hertz: a });
    world.add('two', PCMU, { hertz: b });
    const listeners = Array.from({ length: 100 }, (_, index) => world.add(`listener-${index}`, PCMU));
    world.run(1000);
    const before = world.room.encodes;
    world.run(1000);
    expect(world.room.encodes - before).toBe(50 * 3);
    expect(listeners.map((listener) => listener.payloads.at(-1))).toEqual(
      listeners.map(() => listeners[0]?.payloads.at(-1)),
    );
  });

  it('is next to nothing while nobody speaks', () => {
    const world = new MixedRoom();
    for (let index = 0; index < 10; index++) world.add(`silent-${index}`, PCMU);
    world.run(200);
    const before = world.room.encodes;
    world.run(2000);
    expect(world.room.encodes).toBe(before);
  });

  it.each([
    ['PCMU', () => PCMU, true],
    ['G.722', () => G722, false],
    ['Opus', loadOpus, true],
  ])('of %s is silence in a pause, and the next word is whole', async (_name, load, isSettled) => {
    const codec = await load();
    const world = new MixedRoom();
    const one = world.add('one', PCMU, { hertz: a });
    const listener = world.add('listener', codec);
    world.run(1000);
    one.hertz = 0;
    world.run(700);
    const before = world.room.encodes;
    const heardBefore = listener.heard.length;
    world.run(1000);
    expect(world.room.encodes - before).toBe(isSettled ? 0 : 50);
    expect(peak(listener.heard.subarray(heardBefore))).toBeLessThan(8);
    one.hertz = a;
    world.run(400);
    expect(listener.hears(a)).toBeGreaterThan(7500);
    expect(peak(listener.heard.subarray(heardBefore))).toBeLessThan(8500);
  });

  it.each([10, 20, 30, 40, 50, 60])('comes in packets of %d ms without a gap or a repetition', (ptimeMs) => {
    const world = new MixedRoom();
    const one = world.add('one', PCMU, { hertz: a, ptimeMs });
    world.add('two', PCMU, { hertz: b });
    world.run(3000);
    // From a shared mix to an own one and back, in the middle of a packet.
    for (const hertz of [0, a, 0, a]) {
      one.hertz = hertz;
      world.run(580);
    }
    expect(one.payloads.every((payload) => payload.length === ptimeMs * 8)).toBe(true);
    const startOfTwo = 500 * 8;
    expect(one.starts).toEqual(one.starts.map((_, index) => index * ptimeMs));
    expect(jumps(one.heard.subarray(startOfTwo), 850)).toBe(0);
  });
});

describe('sounds', () => {
  it('are heard by everybody, deaf or not, and end', () => {
    const { world, one, two } = three();
    for (const talker of world.room.members) talker.hertz = 0;
    two.control({ ...free, deaf: true });
    world.run(1000);
    let ended = 0;
    world.room.announce(toneSound('recording'), () => ended++);
    world.run(200);
    expect(one.hears(1400, 100)).toBeGreaterThan(3000);
    expect(two.hears(1400, 100)).toBeGreaterThan(3000);
    expect(ended).toBe(0);
    world.run(1000);
    expect(ended).toBe(1);
    expect(loudest(one)).toBeLessThan(20);
  });

  it('are heard by the one whom they are for alone', () => {
    const { world, one, two, third } = three();
    two.sounds.add(toneSound('muted'), () => undefined);
    world.run(80);
    expect(two.hears(587.33, 60)).toBeGreaterThan(2000);
    expect(one.hears(587.33, 60)).toBeLessThan(400);
    expect(third.hears(587.33, 60)).toBeLessThan(400);
    expect(two.hears(a, 60)).toBeGreaterThan(4000);
    expect(two.hears(b, 60)).toBeLessThan(400);
  });

  it('are ended when who hears them leaves', () => {
    const { world, two } = three();
    let ended = 0;
    two.sounds.add(toneSound('muted'), () => ended++);
    world.room.remove(two);
    expect(ended).toBe(1);
  });
});

describe('speakers', () => {
  it('are told when they change, and not more often', () => {
    const world = new MixedRoom();
    const one = world.add('one', PCMU, { hertz: a });
    const two = world.add('two', PCMU);
    world.run(3000);
    one.hertz = 0;
    two.hertz = b;
    world.run(3000);
    two.hertz = 0;
    world.run(3000);
    expect(world.speakers).toEqual([['one'], ['one', 'two'], ['two', 'one'], ['two'], []]);
  });
});

function loudest(talker: Talker): number {
  return Math.max(...talker.heard.subarray(-1600));
}

/** How often a tone (and silence) of that frequency jumps further than it can. */
function jumps(heard: Int16Array, hertz: number): number {
  const steepest = (8000 * 2 * Math.PI * hertz) / 8000 + 900;
  let count = 0;
  for (let index = 1; index < heard.length; index++)
    if (Math.abs((heard[index] as number) - (heard[index - 1] as number)) > steepest) count++;
  return count;
}
