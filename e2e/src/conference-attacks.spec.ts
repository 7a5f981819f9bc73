import { randomBytes } from 'node:crypto';
import { type BaresipPhone, canRunWith, type MediaTarget, PacketTap, ToneVoice } from '@ringdown/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConferencePlace, dialIn, domain } from './conference/conference-place.js';
import { audioTarget, descriptionOf, type ScriptedMember } from './conference/scripted-member.js';
import { among, hearExactly } from './conference/who-hears-whom.js';
import type { WireMessage } from './peers/wire-message.js';

const startMs = 120_000;
const inTime = { timeout: 10_000 };
const attackHertz = 1_730;
const mallory = { address: `mallory@${domain}`, toneHertz: attackHertz };
const evilDomain = 'evil.test';

let place: ConferencePlace;
const voices: ToneVoice[] = [];
const repeated: NodeJS.Timeout[] = [];

async function voice(options: { readonly host?: string; readonly srtpKey?: Buffer } = {}): Promise<ToneVoice> {
  const opened = await ToneVoice.open({ toneHertz: attackHertz, ...options });
  voices.push(opened);
  return opened;
}

/** Does it so often a second, in bursts, until the end of the test. */
function persistently(timesPerSec: number, act: () => void): void {
  const burstMs = 10;
  const burst = Math.max(1, Math.round((timesPerSec * burstMs) / 1_000));
  repeated.push(
    setInterval(() => {
      for (let i = 0; i < burst; i += 1) act();
    }, burstMs),
  );
}

type Refused = Readonly<Record<string, number>>;

/** Packets that the focus refused from members that have left, by why. */
function refused(): Promise<Refused> {
  return place.metricBy('ringdown_conference_packets_refused_total', 'reason');
}

/** Ends a conference, and resolves with the packets that were refused there, by why: they are counted when a member leaves. */
async function refusedIn(room: string, before: Refused, members: number): Promise<Refused> {
  const left = await place.metric('ringdown_conference_leaves_total');
  await place.api().end(room);
  await expect.poll(() => place.metric('ringdown_conference_leaves_total'), inTime).toBe(left + members);
  let found: Refused = {};
  await expect
    .poll(async () => {
      found = Object.fromEntries(
        Object.entries(await refused()).map(([why, count]) => [why, count - (before[why] ?? 0)]),
      );
      return Object.values(found).some((count) => count > 0);
    }, inTime)
    .toBe(true);
  process.stdout.write(`\n${room}: refused ${JSON.stringify(found)}\n`);
  return found;
}

function sumOf(counts: Refused): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Two phones that hear each other, one with plain RTP and one with SRTP, and where the focus takes their media. */
async function twoInRoom(room: string) {
  await place.api().putRoom(room, { joinTones: false, holdMusic: false });
  const plain = await place.baresip('plain', 440);
  const secure = await place.baresip('secure', 670, { secureMedia: true, edge: 1 });
  await dialIn(room, plain, secure);
  const phones = [plain, secure] as const;
  await hearExactly(`${room}: before`, phones, among(...phones), [mallory]);
  return { phones, targets: phones.map(mediaTargetOf) };
}

function mediaTargetOf(phone: BaresipPhone): MediaTarget {
  const target = phone.mediaPeer;
  if (target === undefined) throw new Error(`${phone.address} has no media`);
  return target;
}

/** The status of the answer to a REFER or, where that has only begun, of what it came to (RFC 3515 §2.4.5). */
async function whatBecameOf(member: ScriptedMember, { statusCode = 0 }: WireMessage): Promise<number> {
  if (statusCode !== 202) return statusCode;
  const isEnd = (each: WireMessage) =>
    each.header('Event').startsWith('refer') && each.header('Subscription-State').startsWith('terminated');
  const { body } = await member.notification(isEnd, 'what became of it');
  return Number(/^SIP\/2\.0 (\d{3})/.exec(body)?.[1]);
}

/** Mallory as a member like any other, whose voice comes from where her description says. */
async function malloryIn(room: string, options: { readonly offered?: Buffer; readonly used?: Buffer } = {}) {
  const mouth = await voice(options.used === undefined ? {} : { srtpKey: options.used });
  const member = await place.member('mallory', { mediaPort: mouth.port });
  const call = await member.call(`sip:${room}@${domain}`, { sdp: descriptionOf(mouth.port, options.offered) });
  return { mouth, member, target: audioTarget(call.accepted.body) };
}

describe.runIf(canRunWith('baresip', 'nats-server', 'tcpdump') && process.getuid?.() === 0)(
  'who attacks a conference',
  () => {
    beforeAll(async () => {
      place = await ConferencePlace.start({ users: ['plain', 'secure', 'mallory', 'carol'], focuses: 1 });
      const { operator } = place.apart;
      await operator.putTenant({ tenantId: 'evil', domain: evilDomain, digestAlgorithms: ['MD5'] });
      await operator.importSubscribers('evil', [['mallory', 'mallory-secret']]);
    }, startMs);
    afterEach(async () => {
      for (const timer of repeated.splice(0)) clearInterval(timer);
      for (const each of voices.splice(0)) each.close();
      await place.hangUpAll();
    });
    afterAll(() => place?.stop());

    it('is heard as a member who speaks from the right place with the right key: what is refused below is not so by chance', async () => {
      const { phones } = await twoInRoom('control');
      const plainly = await malloryIn('control');
      plainly.mouth.speakTo(plainly.target);
      await hearExactly('a member, plainly', phones, (to, from) => to !== from, [mallory]);
      plainly.mouth.hush();
      const key = randomBytes(30);
      const securely = await malloryIn('control', { offered: key, used: key });
      securely.mouth.speakTo(securely.target);
      await hearExactly('a member, by SRTP', phones, (to, from) => to !== from, [mallory]);
      expect((await place.api().conference('control'))?.userCount).toBe(3);
    });

    it('garbage at the ports of members has no effect', async () => {
      const { phones, targets } = await twoInRoom('garbage');
      const before = await refused();
      const thrower = await voice();
      persistently(2_000, () => {
        for (const { host, port } of targets) {
          const bytes = randomBytes(Math.floor(Math.random() * 300));
          // Half of it looks like RTP, of the right version, and is none.
          if (bytes.length > 1 && Math.random() < 0.5) bytes[0] = 0x80;
          thrower.send(bytes, { host, port: port + (Math.random() < 0.2 ? 1 : 0) });
        }
      });
      await hearExactly('while garbage comes', phones, among(...phones), [mallory]);
      await hearExactly('while garbage still comes', phones, among(...phones), [mallory]);
      expect(sumOf(await refusedIn('garbage', before, 2))).toBeGreaterThan(2_000);
    });

    it('a spoofed voice is not heard, from another port or another address', async () => {
      const { phones, targets } = await twoInRoom('spoofed');
      const before = await refused();
      for (const host of ['127.0.0.1', '127.0.0.2']) {
        for (const target of targets) (await voice({ host })).speakTo(target);
      }
      await hearExactly('while a spoofed voice speaks', phones, among(...phones), [mallory]);
      await hearExactly('while it still speaks', phones, among(...phones), [mallory]);
      expect(sumOf(await refusedIn('spoofed', before, 2))).toBeGreaterThan(200);
    });

    it('what members have said, sent again by somebody else, has no effect', async () => {
      const { phones, targets } = await twoInRoom('replayed');
      const before = await refused();
      const thrower = await voice();
      const sent = new Set<string>();
      const taps = await Promise.all(
        targets.map((target) =>
          PacketTap.open(target.port, target.port, (payload) => {
            const copy = Buffer.from(payload);
            // Its own are not taken again, or it would never end.
            if (copy.length > 0 && !sent.has(copy.toString('latin1'))) {
              sent.add(copy.toString('latin1'));
              for (const delayMs of [5, 60, 700]) setTimeout(() => thrower.send(copy, target), delayMs);
            }
          }),
        ),
      );
      await hearExactly('while all is sent again three times', phones, among(...phones), [mallory]);
      await hearExactly('and still', phones, among(...phones), [mallory]);
      expect(sent.size).toBeGreaterThan(100);
      await Promise.all(taps.map((tap) => tap.close()));
      expect(sumOf(await refusedIn('replayed', before, 2))).toBeGreaterThan(200);
    });

    it('a flood by a member costs nobody else', async () => {
      const { phones } = await twoInRoom('flooded');
      const before = await refused();
      const { mouth, target } = await malloryIn('flooded');
      await place.api().change('flooded', mallory.address, { muted: true });
      persistently(5_000, () => mouth.send(mouth.next(), target));
      await hearExactly('while a member floods', phones, among(...phones), [mallory]);
      await hearExactly('while it still floods', phones, among(...phones), [mallory]);
      // Few of them: once it is too much, what comes is dropped before the focus sees it.
      expect((await refusedIn('flooded', before, 3))['flood']).toBeGreaterThan(0);
    });

    it('a member whose SRTP is protected with another key than it has described is not heard', async () => {
      const { phones } = await twoInRoom('keys');
      const before = await refused();
      const { mouth, target } = await malloryIn('keys', { offered: randomBytes(30), used: randomBytes(30) });
      mouth.speakTo(target);
      await hearExactly('while a member with a wrong key speaks', phones, among(...phones), [mallory]);
      const unprotected = await voice();
      unprotected.speakTo(target);
      await hearExactly('and with none', phones, among(...phones), [mallory]);
      expect((await refusedIn('keys', before, 3))['authentication']).toBeGreaterThan(100);
    });

    it('wrong PINs end the call, and who tries on is kept waiting; another caller gets in', async () => {
      await place.api().putRoom('vault', { pin: '4711', joinTones: false, holdMusic: false });
      const guesser = await place.baresip('plain', 440);
      const from = await guesser.mark();
      guesser.call(`vault@${domain}`);
      await guesser.established(from);
      const wrongPins = () => place.metric('ringdown_conference_wrong_pins_total');
      for (const tried of [1, 2, 3]) {
        // After a wrong one keys are deaf for a while: it tries on until the next one is judged.
        const trying = async () => {
          guesser.press('0000#');
          return wrongPins();
        };
        await expect.poll(trying, { ...inTime, interval: 1_000 }).toBeGreaterThanOrEqual(tried);
      }
      await guesser.ended(from);
      const again = await guesser.mark();
      guesser.call(`vault@${domain}`);
      expect(await guesser.ended(again)).toMatch(/^(?:403|480|429|503)/);

      const rightful = await place.baresip('secure', 670);
      await dialIn('vault', rightful);
      rightful.press('4711#');
      await expect.poll(() => place.api().presentIn('vault'), inTime).toEqual([`secure@${domain}`]);
    });

    it.each([
      ['a domain that is not ours', 'sip:victim@elsewhere.example'],
      ['an address', 'sip:victim@192.0.2.1'],
      ['a web page', 'http://elsewhere.example/'],
      ['a mailbox', 'mailto:victim@elsewhere.example'],
      ['no URI at all', 'nonsense'],
    ])('REFER to %s brings nobody in', async (_, target) => {
      await place.api().putRoom('refers', { joinTones: false, holdMusic: false });
      const member = await place.member('mallory');
      const call = await member.call(`sip:refers@${domain}`);
      const answer = await member.within(call, 'REFER', [['Refer-To', `<${target}>`]]);
      expect(await whatBecameOf(member, answer)).toBeGreaterThanOrEqual(400);
      await expect.poll(async () => (await place.api().conference('refers'))?.userCount, inTime).toBe(1);
    });

    it('who is no member can have nobody called or removed, and neither can a guest of another tenant', async () => {
      await place.api().putRoom('closed', { joinTones: false, holdMusic: false });
      const carol = await place.member('carol');
      await carol.call(`sip:closed@${domain}`);
      const outsider = await place.member('mallory');
      const stranger = await place.member('mallory', { at: evilDomain });
      for (const who of [outsider, stranger]) {
        for (const referTo of [`<sip:plain@${domain}>`, `<${carol.addressOfRecord};method=BYE>`]) {
          const { answer } = await who.request('REFER', `sip:closed@${domain}`, [['Refer-To', referTo]]);
          expect(answer.statusCode).toBeGreaterThanOrEqual(400);
        }
      }
      // A guest is let in, and is a guest.
      const call = await stranger.call(`sip:closed@${domain}`);
      for (const referTo of [`<sip:plain@${domain}>`, '<tel:+9001234>', `<${carol.addressOfRecord};method=BYE>`])
        expect((await stranger.within(call, 'REFER', [['Refer-To', referTo]])).statusCode).toBe(403);
      await stranger.within(call, 'BYE');
      await expect.poll(() => place.api().presentIn('closed'), inTime).toEqual([`carol@${domain}`]);
    });

    it('SUBSCRIBE without credentials, with wrong ones, or from another tenant tells nothing', async () => {
      await place.api().putRoom('secret', { joinTones: false, holdMusic: false });
      const carol = await place.member('carol');
      await carol.call(`sip:secret@${domain}`);
      const uri = `sip:secret@${domain}`;
      const nameless = await place.member('nobody', { isRegistered: false });
      const guessing = await place.member('mallory', { isRegistered: false, password: 'guessed' });
      const stranger = await place.member('mallory', { at: evilDomain });
      const statusOf = async (who: ScriptedMember) => (await who.subscribe(uri)).answer.statusCode;
      expect([403, 407]).toContain(await statusOf(guessing));
      expect([403, 404, 407]).toContain(await statusOf(stranger));
      expect([nameless, guessing, stranger].flatMap(({ notifications }) => notifications)).toEqual([]);
      expect((await carol.subscribe(uri)).answer.statusCode).toBe(200);
    });
  },
);
