import { randomBytes, randomInt } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MixerUnderTest } from '../testing/mixer-under-test.js';
import { RtpPhone } from '../testing/rtp-phone.js';

const [a, b, c] = [425, 850, 1275];
// What is waited for comes at the pace of speech.
vi.setConfig({ testTimeout: 20_000 });

let mixer: MixerUnderTest;

beforeEach(() => {
  mixer = new MixerUnderTest();
});

afterEach(() => mixer.close());

async function three(): Promise<[RtpPhone, RtpPhone, RtpPhone]> {
  const phones: [RtpPhone, RtpPhone, RtpPhone] = [
    await mixer.join('one', a),
    await mixer.join('two', b),
    await mixer.join('three', c),
  ];
  await expectHeard(phones, [
    [b, c],
    [a, c],
    [a, b],
  ]);
  return phones;
}

/** Which of the tones somebody hears; undefined while one comes or goes. */
function heardBy(phone: RtpPhone): number[] | undefined {
  const amplitudes = [a, b, c].map((hertz) => phone.hears(hertz));
  if (amplitudes.some((amplitude) => amplitude > 200 && amplitude < 4000)) return undefined;
  return [a, b, c].filter((_, index) => (amplitudes[index] as number) >= 4000);
}

/** What phones hear, sooner or later: a busy machine makes it later. */
async function expectHeard(phones: readonly RtpPhone[], expected: readonly number[][]): Promise<void> {
  await phones[0]?.hearUntil(() => JSON.stringify(phones.map(heardBy)) === JSON.stringify(expected));
  expect(phones.map(heardBy)).toEqual(expected);
}

describe('a room of phones', () => {
  it('lets each hear the others, from one source each, whose packets are marked where they begin', async () => {
    const phones = await three();
    await expectHeard(phones, [
      [b, c],
      [a, c],
      [a, b],
    ]);
    for (const phone of phones) {
      expect(phone.sources.size).toBe(1);
      // Where the machine stands still, the sound begins anew.
      expect(phone.markers[0]).toBe(0);
    }
  });

  it('takes IPv4 and IPv6 together', async () => {
    const one = await mixer.join('one', a);
    const two = await mixer.join('two', b, 'IP6');
    await expectHeard([one, two], [[b], [a]]);
    expect(two.target?.host).toBe('::1');
  });

  it('follows mute, deafen, hold and leaving', async () => {
    const [one, two, three_] = await three();
    mixer.control('two', { muted: true });
    await expectHeard([one, two, three_], [[c], [a, c], [a]]);
    mixer.control('two', { deaf: true });
    await expectHeard([one, two, three_], [[b, c], [], [a, b]]);
    mixer.control('two', {});
    mixer.update('two', two, { direction: 'inactive' });
    await one.hear(30);
    const { packets } = two;
    await expectHeard([one, three_], [[c], [a]]);
    await one.hear(10);
    expect(two.packets).toBe(packets);
    mixer.update('two', two);
    await expectHeard(
      [one, two, three_],
      [
        [b, c],
        [a, c],
        [a, b],
      ],
    );
    await mixer.ask({ type: 'remove', member: 'three' });
    await expectHeard([one, two], [[b], [a]]);
  });

  it('tells who speaks, and where media comes from', async () => {
    const [one] = await three();
    await mixer.event((event) => event.type === 'speakers' && event.members.length === 3);
    expect(mixer.events).toContainEqual({ type: 'latched', member: 'one', remote: one.address });
  });

  it('counts what it has received', async () => {
    const [one] = await three();
    await one.hearUntil(() => one.packets > 60);
    const statistics = await mixer.ask({ type: 'statistics', member: 'one' });
    expect(statistics?.packetsReceived).toBeGreaterThan(30);
    expect(statistics?.packetsLost).toBe(0);
    expect(statistics?.packetsSent).toBeGreaterThanOrEqual(one.packets);
    expect(await mixer.ask({ type: 'statistics', member: 'nobody' })).toBeUndefined();
  });
});

describe('who does harm', () => {
  it('is not heard, and the others are: garbage, other sources, unknown payload types, copies', async () => {
    const [one, two, three_] = await three();
    const attacker = await RtpPhone.open(2000, 666);
    mixer.phones.push(attacker);
    attacker.target = one.target;
    for (let round = 0; round < 30; round++) {
      attacker.send(randomBytes(1 + round * 40));
      attacker.say();
      attacker.sequence = one.sequence;
      attacker.say();
      two.stray(77);
      await one.hear(1);
    }
    await expectHeard(
      [one, two, three_],
      [
        [b, c],
        [a, c],
        [a, b],
      ],
    );
    for (const phone of [one, two, three_]) expect(phone.hears(2000)).toBeLessThan(200);
    expect(attacker.packets).toBe(0);
    const statistics = await mixer.ask({ type: 'statistics', member: 'one' });
    expect(statistics?.refused.source).toBeGreaterThan(30);
    expect(statistics?.refused.malformed).toBeGreaterThan(10);
    expect((await mixer.ask({ type: 'statistics', member: 'two' }))?.refused['payload-type']).toBeGreaterThan(20);
  });

  it('floods itself alone', async () => {
    const [one, two, three_] = await three();
    const attacker = await RtpPhone.open(2000, 666);
    mixer.phones.push(attacker);
    attacker.target = one.target;
    for (let round = 0; round < 60; round++) {
      for (let packet = 0; packet < 100; packet++) attacker.say();
      await one.hear(1);
    }
    // One whose port is flooded is still heard, since the kernel keeps what isn't theirs out.
    await expectHeard(
      [one, two, three_],
      [
        [b, c],
        [a, c],
        [a, b],
      ],
    );
    const refused = (await mixer.ask({ type: 'statistics', member: 'one' }))?.refused;
    expect((refused?.flood ?? 0) + (refused?.source ?? 0)).toBeGreaterThan(48);
    expect((refused?.flood ?? 0) + (refused?.source ?? 0)).toBeLessThan(60 * 100);
  });

  it('is kept out for a second where a member floods by itself, and the others hear each other', async () => {
    const [one, two, three_] = await three();
    for (let round = 0; round < 30; round++) {
      for (let packet = 0; packet < 200; packet++) three_.say();
      await one.hear(1);
    }
    await one.hear(30);
    expect(one.hears(b)).toBeGreaterThan(4000);
    expect(two.hears(a)).toBeGreaterThan(4000);
    await expectHeard([three_], [[a, b]]);
  });
});

describe('a phone whose address changes', () => {
  it('is found again, and told of', async () => {
    const [one, two] = await three();
    await one.move();
    const until = two.hear(120);
    const talking = setInterval(() => one.say(), 20);
    await until;
    clearInterval(talking);
    await expectHeard([one], [[b, c]]);
    expect(mixer.events).toContainEqual({ type: 'latched', member: 'one', remote: one.address });
  });
});

describe('ports', () => {
  it('are refused when all are taken, and free again when members leave', async () => {
    await mixer.close();
    // Below the ports that the system gives away.
    const first = 20_000 + 8 * randomInt(1_000);
    mixer = new MixerUnderTest({ ports: { first, last: first + 7 } });
    const opened = await Promise.all(['one', 'two', 'three', 'four'].map((id) => mixer.open(id)));
    expect(opened.map(({ audio }) => audio.port).toSorted()).toEqual([0, 2, 4, 6].map((offset) => first + offset));
    await expect(mixer.open('five')).rejects.toThrow('RINGDOWN_FOCUS_MEDIA_PORTS');
    await mixer.ask({ type: 'remove', member: 'two' });
    expect((await mixer.open('five')).audio.port).toBe(first + 2);
  });

  it('are none of a family that has no address', async () => {
    await mixer.close();
    mixer = new MixerUnderTest({ ip6: undefined });
    await expect(mixer.open('one', 'IP6')).rejects.toThrow('IP6');
  });
});
