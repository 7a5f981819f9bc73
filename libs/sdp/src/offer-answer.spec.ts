import { describe, expect, it } from 'vitest';
import { type Codec, codecsOf, intersectCodecs } from './codecs.js';
import {
  type AgreedStream,
  agree,
  createAnswer,
  createOffer,
  type Describer,
  type StreamCapability,
} from './offer-answer.js';
import { nextOrigin } from './origin.js';
import { parseSession } from './parse.js';
import { printSession } from './print.js';
import type { MediaDescription, SessionDescription } from './session-description.js';

const codec = (payloadType: number, name: string, clockRateHz = 8000, parameters?: string, channels = 1): Codec => ({
  payloadType,
  name,
  clockRateHz,
  channels,
  parameters,
});
const PCMU = codec(0, 'PCMU');
const PCMA = codec(8, 'PCMA');
const EVENTS = codec(101, 'telephone-event', 8000, '0-16');

function at(address: string): Describer {
  const addressType = address.includes(':') ? 'IP6' : 'IP4';
  return { origin: { username: '-', sessionId: '7', sessionVersion: '1', addressType, address }, addressType, address };
}
const bob = at('192.0.2.2');

function audio(codecs: readonly Codec[], overrides: Partial<StreamCapability> = {}): StreamCapability {
  return { media: 'audio', protocols: ['RTP/AVP'], port: 5000, codecs, direction: 'sendrecv', ...overrides };
}

function offerOf(...lines: readonly string[]): SessionDescription {
  const session = parseSession(
    [
      'v=0',
      'o=alice 2890844526 2890844526 IN IP4 192.0.2.1',
      's=-',
      'c=IN IP4 192.0.2.1',
      't=2873397496 2873404696',
      ...lines,
    ].join('\r\n'),
  );
  if (session.kind === 'failure') throw new Error(session.reason);
  return session;
}

function streamsOf(result: { kind: string }): readonly AgreedStream[] {
  if (!('streams' in result)) throw new Error(`there are no streams in ${JSON.stringify(result)}`);
  return result.streams as readonly AgreedStream[];
}

describe('codecsOf', () => {
  it.each<[string, readonly string[], readonly Codec[]]>([
    ['static types without rtpmap', ['m=audio 1 RTP/AVP 0 8 9'], [PCMU, PCMA, codec(9, 'G722')]],
    [
      'dynamic types with parameters',
      [
        'm=audio 1 RTP/AVP 96 101',
        'a=rtpmap:96 opus/48000/2',
        'a=fmtp:96 useinbandfec=1',
        'a=rtpmap:101 telephone-event/8000',
        'a=fmtp:101 0-16',
      ],
      [codec(96, 'opus', 48_000, 'useinbandfec=1', 2), EVENTS],
    ],
    ['the order of the m= line', ['m=audio 1 RTP/SAVP 8 0'], [PCMA, PCMU]],
    ['an rtpmap over the static meaning', ['m=audio 1 RTP/AVP 0', 'a=rtpmap:0 L16/8000'], [codec(0, 'L16')]],
    ['nothing for a dynamic type without rtpmap', ['m=audio 1 RTP/AVP 97 0'], [PCMU]],
    ['nothing for formats that are no payload type', ['m=audio 1 RTP/AVP x 200'], []],
    ['nothing for other protocols', ['m=message 1 TCP/MSRP *'], []],
    ['nothing from an rtpmap that can’t be read', ['m=audio 1 RTP/AVP 97', 'a=rtpmap:97 opus'], []],
  ])('gives %s', (_, lines, expected) => {
    expect(codecsOf(offerOf(...lines).media[0] as MediaDescription)).toEqual(expected);
  });
});

describe('intersectCodecs', () => {
  it.each<[string, readonly Codec[], readonly Codec[], readonly number[]]>([
    ['the offer’s order', [PCMA, PCMU], [PCMU, PCMA], [8, 0]],
    ['names without case', [codec(0, 'pcmu')], [PCMU], [0]],
    ['not another clock rate', [codec(96, 'telephone-event', 48_000)], [EVENTS], []],
    ['not another channel count', [codec(96, 'opus', 48_000, undefined, 2)], [codec(96, 'opus', 48_000)], []],
    ['another payload type', [codec(110, 'telephone-event')], [EVENTS], [110]],
    ['each supported codec once', [codec(0, 'PCMU'), codec(96, 'PCMU')], [PCMU], [0]],
    ['nothing in common', [PCMU], [PCMA], []],
  ])('%s', (_, offered, supported, expected) => {
    expect(intersectCodecs(offered, supported).map((match) => match.offered.payloadType)).toEqual(expected);
  });
});

describe('createAnswer', () => {
  it('answers RFC 3264 §10.1: takes one audio stream, refuses one, takes video', () => {
    const offer = offerOf(
      'm=audio 49170 RTP/AVP 0 8 97',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:97 iLBC/8000',
      'm=video 51372 RTP/AVP 31 32',
      'a=rtpmap:31 H261/90000',
      'a=rtpmap:32 MPV/90000',
    );
    const answer = createAnswer(offer, bob, [
      audio([PCMU], { port: 49_920 }),
      audio([codec(32, 'MPV', 90_000)], { media: 'video', port: 53_000 }),
    ]);
    expect(answer.kind === 'answer' && printSession(answer.session)).toBe(
      [
        'v=0',
        'o=- 7 1 IN IP4 192.0.2.2',
        's=-',
        'c=IN IP4 192.0.2.2',
        't=2873397496 2873404696',
        'm=audio 49920 RTP/AVP 0',
        'a=rtpmap:0 PCMU/8000',
        'a=sendrecv',
        'm=video 53000 RTP/AVP 32',
        'a=rtpmap:32 MPV/90000',
        'a=sendrecv',
        '',
      ].join('\r\n'),
    );
  });

  it('takes a stream with what is meant for its line, and with nothing else', () => {
    const offer = offerOf('m=audio 49170 RTP/AVP 0', 'm=audio 49172 RTP/AVP 0');
    const answer = createAnswer(offer, bob, [audio([PCMU], { index: 1 })]);
    expect(answer.kind === 'answer' && answer.session.media.map(({ port }) => port)).toEqual([0, 5000]);
  });

  it('keeps the place of a stream that it refuses, with port zero and the offered formats', () => {
    const answer = createAnswer(
      offerOf('m=video 51372 RTP/AVP 31', 'a=rtpmap:31 H261/90000', 'm=audio 49170 RTP/AVP 0 8'),
      bob,
      [audio([PCMA])],
    );
    expect(
      answer.kind === 'answer' && answer.session.media.map((media) => [media.media, media.port, media.formats]),
    ).toEqual([
      ['video', 0, ['31']],
      ['audio', 5000, ['8']],
    ]);
    expect(streamsOf(answer)).toHaveLength(1);
    expect(streamsOf(answer)[0]).toMatchObject({
      index: 1,
      remoteAddress: '192.0.2.1',
      remotePort: 49_170,
      localPort: 5000,
    });
  });

  it('uses the offer’s payload types and its own parameters', () => {
    const offer = offerOf('m=audio 4000 RTP/AVP 0 110', 'a=rtpmap:110 telephone-event/8000', 'a=fmtp:110 0-15');
    const answer = createAnswer(offer, bob, [audio([PCMU, EVENTS])]);
    expect(answer.kind === 'answer' && printSession(answer.session)).toContain(
      'm=audio 5000 RTP/AVP 0 110\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:110 telephone-event/8000\r\na=fmtp:110 0-16\r\na=sendrecv\r\n',
    );
    expect(streamsOf(answer)[0]?.codecs[1]).toEqual({
      sendPayloadType: 110,
      receivePayloadType: 110,
      codec: codec(110, 'telephone-event', 8000, '0-15'),
    });
  });

  it.each<[string, readonly string[], readonly StreamCapability[]]>([
    ['no codec in common', ['m=audio 4000 RTP/AVP 8'], [audio([PCMU])]],
    [
      'only telephone events in common',
      ['m=audio 4000 RTP/AVP 8 101', 'a=rtpmap:101 telephone-event/8000'],
      [audio([PCMU, EVENTS])],
    ],
    ['another protocol', ['m=audio 4000 RTP/SAVP 0'], [audio([PCMU])]],
    ['another media type', ['m=video 4000 RTP/AVP 0'], [audio([PCMU])]],
    ['nothing on offer', [], [audio([PCMU])]],
    ['only a stream with port zero', ['m=audio 0 RTP/AVP 0'], [audio([PCMU])]],
    ['something that is not RTP', ['m=image 4000 udptl t38'], [audio([PCMU])]],
    ['no capability', ['m=audio 4000 RTP/AVP 0'], []],
  ])('is not acceptable with %s', (_, lines, capabilities) => {
    expect(createAnswer(offerOf(...lines), bob, capabilities).kind).toBe('not-acceptable');
  });

  it('takes each capability once', () => {
    const answer = createAnswer(offerOf('m=audio 4000 RTP/AVP 0', 'm=audio 4002 RTP/AVP 0'), bob, [audio([PCMU])]);
    expect(answer.kind === 'answer' && answer.session.media.map((media) => media.port)).toEqual([5000, 0]);
  });

  it.each<[string, readonly string[], string, boolean]>([
    ['held with sendonly', ['m=audio 4000 RTP/AVP 0', 'a=sendonly'], 'recvonly', true],
    ['held with inactive', ['m=audio 4000 RTP/AVP 0', 'a=inactive'], 'inactive', true],
    ['held with 0.0.0.0', ['m=audio 4000 RTP/AVP 0', 'c=IN IP4 0.0.0.0'], 'recvonly', true],
    ['resumed', ['m=audio 4000 RTP/AVP 0', 'a=sendrecv'], 'sendrecv', false],
  ])('%s', (_, lines, direction, heldByPeer) => {
    const answer = createAnswer(offerOf(...lines), bob, [audio([PCMU])]);
    expect(streamsOf(answer)[0]).toMatchObject({ direction, heldByPeer });
    expect(answer.kind === 'answer' && answer.session.media[0]?.attributes.at(-1)?.name).toBe(direction);
  });

  it('speaks IPv6', () => {
    const answer = createAnswer(offerOf('m=audio 4000 RTP/AVP 0', 'c=IN IP6 2001:db8::1'), at('2001:db8::2'), [
      audio([PCMU]),
    ]);
    expect(streamsOf(answer)[0]?.remoteAddress).toBe('2001:db8::1');
    expect(answer.kind === 'answer' && printSession(answer.session)).toContain('c=IN IP6 2001:db8::2\r\n');
  });

  it('adds the stream’s own attributes before the direction', () => {
    const answer = createAnswer(offerOf('m=audio 4000 RTP/AVP 0'), bob, [
      audio([PCMU], { attributes: [{ name: 'ptime', value: '20' }] }),
    ]);
    expect(answer.kind === 'answer' && answer.session.media[0]?.attributes.map(({ name }) => name)).toEqual([
      'rtpmap',
      'ptime',
      'sendrecv',
    ]);
  });
});

describe('agree', () => {
  const offer = createOffer(at('192.0.2.1'), [audio([PCMU, PCMA, EVENTS], { port: 4000 })]);

  it('is what the answerer has, seen from the other side', () => {
    const answer = createAnswer(offer, bob, [audio([PCMA, EVENTS], { direction: 'recvonly' })]);
    if (answer.kind !== 'answer') throw new Error(answer.reason);
    const [ours] = streamsOf(agree(offer, answer.session));
    const [theirs] = answer.streams;
    expect(ours).toMatchObject({
      remoteAddress: '192.0.2.2',
      remotePort: 5000,
      localPort: 4000,
      direction: 'sendonly',
    });
    expect(theirs).toMatchObject({
      remoteAddress: '192.0.2.1',
      remotePort: 4000,
      localPort: 5000,
      direction: 'recvonly',
    });
    expect(ours?.codecs.map((agreed) => agreed.codec.name)).toEqual(theirs?.codecs.map((agreed) => agreed.codec.name));
  });

  it('sends with the answer’s payload types and receives with the offer’s', () => {
    const answer = offerOf('m=audio 5000 RTP/AVP 0 110', 'a=rtpmap:110 telephone-event/8000');
    expect(
      streamsOf(agree(offer, answer))[0]?.codecs.map((agreed) => [agreed.sendPayloadType, agreed.receivePayloadType]),
    ).toEqual([
      [0, 0],
      [110, 101],
    ]);
  });

  it('leaves out what was refused', () => {
    expect(agree(offer, offerOf('m=audio 0 RTP/AVP 0'))).toEqual({ kind: 'agreed', streams: [] });
  });

  it.each<[string, readonly string[], RegExp]>([
    ['too few m= lines', [], /1 m= lines, the answer 0/],
    ['too many m= lines', ['m=audio 1 RTP/AVP 0', 'm=audio 2 RTP/AVP 0'], /the answer 2/],
    ['another media type', ['m=video 1 RTP/AVP 0'], /is audio in the offer/],
    ['another protocol', ['m=audio 1 RTP/SAVP 0'], /another protocol/],
    ['a codec that was not offered', ['m=audio 1 RTP/AVP 9'], /no codec of the offer/],
  ])('refuses an answer with %s', (_, lines, reason) => {
    const result = agree(offer, offerOf(...lines));
    expect(result.kind === 'mismatch' && result.reason).toMatch(reason);
  });

  it('refuses an answer that takes what was not on offer', () => {
    expect(agree(offerOf('m=audio 0 RTP/AVP 0'), offerOf('m=audio 1 RTP/AVP 0')).kind).toBe('mismatch');
  });
});

it('createOffer refuses a stream without protocol or codec', () => {
  expect(() => createOffer(bob, [audio([])])).toThrow(/needs a protocol and a codec/);
});

it('nextOrigin counts versions past the safe integers', () => {
  expect(nextOrigin({ ...bob.origin, sessionVersion: '18446744073709551614' }).sessionVersion).toBe(
    '18446744073709551615',
  );
});
