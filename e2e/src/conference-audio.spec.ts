import { type BaresipPhone, canRunWith, type TonePhone } from '@ringdown/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConferencePlace, dialIn, domain } from './conference/conference-place.js';
import { among, everyOther, hearExactly } from './conference/who-hears-whom.js';

const users = ['plain', 'secure', 'opus', 'fourth', 'browser', 'host'];
const startMs = 120_000;

let place: ConferencePlace;

/** One phone of each kind; no tone is a multiple of another. Where they are to call each other, they know plain RTP with PCMU besides. */
async function threePhones(
  callEachOther = false,
): Promise<readonly [plain: BaresipPhone, secure: BaresipPhone, opus: BaresipPhone]> {
  return Promise.all([
    place.baresip('plain', 440, { ear: 'wire' }),
    place.baresip('secure', 670, { secureMedia: callEachOther ? 'optional' : true, edge: 1 }),
    place.baresip('opus', 900, { codec: 'opus', knowsPcmu: callEachOther }),
  ]);
}

/** A room without tones of its own, in which these are. */
async function roomWith(room: string, ...phones: readonly TonePhone[]): Promise<void> {
  await place.api().putRoom(room, { joinTones: false, holdMusic: false });
  await dialIn(room, ...phones);
}

describe.runIf(canRunWith('baresip', 'nats-server', 'tcpdump') && process.getuid?.() === 0)(
  'a plain, an SDES-SRTP and an Opus phone in a room',
  () => {
    beforeAll(async () => {
      place = await ConferencePlace.start({ users, hasRelay: canRunWith('rtpengine') });
    }, startMs);
    afterEach(() => place.hangUpAll());
    afterAll(() => place?.stop());

    it('hear exactly the other two, also after hold and resume, mute and unmute, and a kick', async () => {
      const phones = await threePhones();
      const [plain, secure, opus] = phones;
      const [api, room] = [place.api(), 'trio'];
      await roomWith(room, ...phones);
      await hearExactly('three in a room', phones, everyOther);

      plain.hold();
      await hearExactly('the plain one holds', phones, among(secure, opus));
      plain.resume();
      await hearExactly('it has resumed', phones, everyOther);

      await api.change(room, secure.address, { muted: true });
      await hearExactly('the one with SRTP is muted', phones, (to, from) => to !== from && from !== secure);
      await api.change(room, secure.address, { muted: false });
      await hearExactly('it is unmuted', phones, everyOther);

      const from = await opus.mark();
      await api.kick(room, opus.address);
      await opus.ended(from);
      await hearExactly('the one with Opus is kicked', phones, among(plain, secure));
      await dialIn(room, opus);
      await hearExactly('it has dialled in again', phones, everyOther);
      expect(await place.api().presentIn(room)).toEqual(['opus', 'plain', 'secure'].map((name) => `${name}@${domain}`));
    });

    it('hear exactly the other two when a fourth joins, who is quieter; it is heard when one of the three is muted', async () => {
      const phones = await threePhones();
      const [, , opus] = phones;
      const room = 'quartet';
      await roomWith(room, ...phones);
      // Three are mixed, the loudest; loud enough to be heard is below what the others speak at.
      const fourth = await place.baresip('fourth', 1_130, { codec: 'G722', amplitude: 6_000, edge: 1 });
      await dialIn(room, fourth);
      const all = [...phones, fourth];
      await hearExactly('a quieter fourth has joined', all, (to, from) => to !== from && from !== fourth);
      await place.api().change(room, opus.address, { muted: true });
      await hearExactly('the one with Opus is muted', all, (to, from) => to !== from && from !== opus);
      expect(await place.api().presentIn(room)).toEqual(
        ['fourth', 'opus', 'plain', 'secure'].map((name) => `${name}@${domain}`),
      );
    });

    it('hear exactly the other two after an ad hoc three-way: one with two calls makes a room and moves them there', async () => {
      const phones = await threePhones(true);
      const [host, secure, opus] = phones;
      for (const other of [secure, opus]) {
        const [from, at] = [await host.mark(), await other.mark()];
        if (other === opus) host.hold();
        host.call(other.address);
        await Promise.all([host.established(from), other.established(at)]);
      }
      // A second of it, too: a phone's recordings are named by the second in which they begin.
      await hearExactly('the second call of one who holds the first', phones, among(host, opus));
      const from = await host.mark();
      host.call(`conference-factory@${domain}`);
      await host.established(from);
      const rooms = JSON.parse((await place.api().ask('GET', '')).text) as { items: { room: string }[] };
      const room = rooms.items.map((each) => each.room).find((name) => name.startsWith('adhoc-')) ?? '';
      expect(room).toMatch(/^adhoc-[a-z0-9]{12}$/);
      host.refer([secure.address, opus.address], `sip:${room}@${domain}`);
      await hearExactly(`moved to ${room}`, phones, everyOther);
      for (const phone of phones) phone.hangUp();
      await expect.poll(() => place.api().conference(room), { timeout: 10_000 }).toBeUndefined();
    });

    it.runIf(canRunWith('chromium', 'rtpengine'))('and a browser over WSS hears and is heard', async () => {
      const phones = await threePhones();
      const [, , opus] = phones;
      const room = 'with-a-browser';
      const browser = await place.browserPhone('browser', 1_130, { edge: 1 });
      await roomWith(room, ...phones, browser);
      await place.api().change(room, opus.address, { muted: true });
      await hearExactly('a browser in the room, the one with Opus muted', [...phones, browser], (to, from) => {
        return to !== from && from !== opus;
      });
      expect(await place.api().presentIn(room)).toEqual(
        ['browser', 'opus', 'plain', 'secure'].map((name) => `${name}@${domain}`),
      );
    });
  },
);
