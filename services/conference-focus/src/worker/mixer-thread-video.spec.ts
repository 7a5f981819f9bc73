import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VideoLeg } from '../ports/mixer.js';
import { MixerUnderTest } from '../testing/mixer-under-test.js';
import type { RtpPhone } from '../testing/rtp-phone.js';
import { VideoPhone } from '../testing/video-phone.js';

interface Participant {
  readonly id: string;
  readonly voice: RtpPhone;
  readonly video: VideoPhone;
}

let mixer: MixerUnderTest;
let participants: Participant[];

beforeEach(() => {
  mixer = new MixerUnderTest();
  participants = [];
});

afterEach(async () => {
  await mixer.close();
  for (const { video } of participants) video.close();
});

/** One whose camera films as long as it hears packets. */
async function join(id: string, changes: Partial<VideoLeg> = {}): Promise<Participant> {
  const ports = await mixer.open(id, 'IP4', true);
  const video = await VideoPhone.open(participants.length + 1);
  video.target = ports.video;
  const voice = await mixer.enter(id, 0, ports.audio, { video: video.leg(changes) });
  voice.onPacket = () => video.film();
  const participant = { id, voice, video };
  participants.push(participant);
  return participant;
}

/** Lets 20 ms go by so often. */
async function wait(ticks: number): Promise<void> {
  await participants[0]?.voice.hear(ticks);
}

/** Whose camera somebody sees at the end. */
function sees({ video }: Participant): number | undefined {
  return video.shown.at(-1);
}

/** Whose camera somebody saw, one after the other. */
function switches({ video }: Participant): readonly number[] {
  return video.shown.filter((camera, index) => camera !== video.shown[index - 1]);
}

async function speak(speaker: Participant, ticks: number): Promise<void> {
  for (const { voice } of participants) voice.hertz = 0;
  speaker.voice.hertz = 425;
  await wait(ticks);
}

describe('video', { timeout: 20_000 }, () => {
  it('shows who speaks to the others, and who spoke before to the speaker, without a gap in what each gets', async () => {
    const [one, two, three] = [await join('one'), await join('two'), await join('three')];
    await speak(one, 75);
    await speak(two, 75);
    expect([one, two, three].map(sees)).toEqual([2, 1, 2]);
    await speak(three, 75);
    expect([one, two, three].map(sees)).toEqual([3, 3, 2]);
    expect(three.video.asked).toBeGreaterThan(0);
    for (const { video } of participants) {
      const [first = 0] = video.sequences;
      expect(video.sequences).toEqual(video.sequences.map((_, index) => (first + index) & 0xffff));
    }
  });

  it('is not switched by a word', async () => {
    const [one, two, three] = [await join('one'), await join('two'), await join('three')];
    await speak(one, 75);
    await speak(two, 8);
    await speak(one, 75);
    expect(three.video.shown).not.toContain(2);
  });

  it('does not flicker between two who speak at once', async () => {
    const [one, two, three] = [await join('one'), await join('two'), await join('three')];
    await speak(one, 60);
    await speak(two, 40);
    expect(sees(three)).toBe(2);
    // All of it well within the two seconds that two stays for.
    for (const turn of [one, two, one, two]) {
      for (const { voice } of [one, two]) Object.assign(voice, { hertz: 425, amplitude: 1_500 });
      Object.assign(turn.voice, { amplitude: 12_000 });
      await wait(10);
    }
    expect(switches(three).slice(-2)).toEqual([1, 2]);
    await speak(one, 60);
    expect(switches(three).slice(-3)).toEqual([1, 2, 1]);
  });

  it('asks whom a member sees for a key frame when it has lost the picture, by its signalling too', async () => {
    const [one, two] = [await join('one'), await join('two', { feedback: { pli: false, fir: false } })];
    await speak(one, 60);
    const { asked } = one.video;
    two.video.losePicture();
    await wait(30);
    expect(one.video.asked).toBeGreaterThan(asked);
    one.video.losePicture();
    await mixer.event((event) => event.type === 'key-frame-wanted' && event.member === 'two');
    mixer.pictureLost('two');
    await wait(30);
    expect(one.video.asked).toBeGreaterThan(asked + 1);
  });

  it('is neither shown of nor to who waits or is asked for a PIN', async () => {
    const [one, two] = [await join('one'), await join('two')];
    mixer.control('two', { muted: true, deaf: true });
    await speak(one, 60);
    expect(two.video.shown).toEqual([]);
    expect(one.video.shown).toEqual([]);
    mixer.control('two', {});
    await wait(60);
    expect(sees(two)).toBe(1);
    expect(sees(one)).toBe(2);
    mixer.control('two', { waiting: true });
    const before = two.video.shown.length;
    await wait(30);
    expect(two.video.shown.length - before).toBeLessThan(5);
  });

  it('is of one encoding, and gives the ports back', async () => {
    const [one, two] = [await join('one'), await join('two', { encoding: 'H264' })];
    await speak(one, 60);
    expect(two.video.shown).toEqual([]);
    await Promise.all(participants.map(({ id }) => mixer.ask({ type: 'remove', member: id })));
    expect(two.video.sequences).toEqual([]);
  });
});
