import { Header } from '@ringdown/sip-message';
import { XMLParser } from 'fast-xml-parser';
import { afterEach, describe, expect, it } from 'vitest';
import { FocusUnderTest } from '../../testing/focus-under-test.js';
import { RecordedConferences } from '../../testing/recorded-conferences.js';
import { mediaControlType, pictureFastUpdate } from './media-control.js';

let under: FocusUnderTest<RecordedConferences>;

afterEach(() => under.close());

async function joined() {
  const conferences = new RecordedConferences();
  under = new FocusUnderTest(conferences);
  const alice = under.phone('alice');
  alice.invite('sip:team@acme.test');
  await under.settle();
  return { alice, member: conferences.last };
}

describe('pictures that are lost, by INFO (RFC 5168)', () => {
  const inElement = (content: string): string =>
    `<media_control><vc_primitive>${content}</vc_primitive></media_control>`;

  it.each<[what: string, contentType: string, body: string, statusCode: number, lost: number]>([
    ['as the focus says it', mediaControlType, pictureFastUpdate.body ?? '', 200, 1],
    ['with spaces', mediaControlType, inElement('<to_encoder> <picture_fast_update /> </to_encoder>'), 200, 1],
    [
      'with a closing tag',
      'Application/Media_Control+XML; charset=utf-8',
      inElement('<picture_fast_update></picture_fast_update>'),
      200,
      1,
    ],
    ['of something else', mediaControlType, inElement('<to_encoder></to_encoder>'), 200, 0],
    ['with nothing', mediaControlType, '', 200, 0],
    ['of another type', 'text/xml', pictureFastUpdate.body ?? '', 415, 0],
  ])('a phone’s INFO %s', async (_what, contentType, body, statusCode, lost) => {
    const { alice, member } = await joined();
    alice.driver.act(() => alice.session.request('INFO', { contentType, body }));
    await under.settle();
    expect(alice.last('answered').statusCode).toBe(statusCode);
    expect(member.picturesLost).toBe(lost);
  });

  it('asks a phone for a key frame by one, and no more once it has refused', async () => {
    const { alice, member } = await joined();
    const ask = async (): Promise<number> => {
      member.asked.leg.requestKeyFrame();
      await under.settle();
      return alice.methods().filter((method) => method === 'INFO').length;
    };
    alice.react = (effect) => {
      if (effect.type === 'incomingRequest') alice.stack.reply(effect.transaction, 200);
    };
    expect([await ask(), await ask()]).toEqual([1, 2]);
    const info = alice.lastRequest('INFO');
    expect(info.value(Header.ContentType)).toBe(mediaControlType);
    expect(new XMLParser().parse(info.body)).toEqual({
      '?xml': '',
      media_control: { vc_primitive: { to_encoder: { picture_fast_update: '' } } },
    });
    alice.refused = new Map([['INFO', 415]]);
    expect([await ask(), await ask()]).toEqual([3, 3]);
    expect(member.leaving).toBeUndefined();
  });

  it('asks nobody whose call is over', async () => {
    const { alice, member } = await joined();
    alice.driver.act((now) => alice.session.bye(now));
    await under.settle();
    member.asked.leg.requestKeyFrame();
    await under.settle();
    expect(alice.methods()).not.toContain('INFO');
  });
});
