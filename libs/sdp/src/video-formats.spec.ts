import { describe, expect, it } from 'vitest';
import { type Codec, intersectCodecs } from './codecs.js';
import { formatParameters } from './format-parameters.js';
import { answerH264, h264Format, sameH264 } from './h264-format.js';
import { parseSession } from './parse.js';
import { commonFeedback, rtcpFeedback, rtcpFeedbackAttributes } from './rtcp-feedback.js';
import type { MediaDescription } from './session-description.js';

it('reads the parameters of a format leniently', () => {
  const pairs = formatParameters(' Profile-Level-ID = 42e01f ;packetization-mode=1;; 0-16;x=a=b;packetization-mode=0');
  expect([...pairs]).toEqual([
    ['profile-level-id', '42e01f'],
    ['packetization-mode', '1'],
    ['0-16', ''],
    ['x', 'a=b'],
  ]);
  expect(formatParameters(undefined).size).toBe(0);
});

describe('H.264', () => {
  it.each([
    [undefined, 'baseline', 10],
    ['profile-level-id=42e01f', 'constrained-baseline', 31],
    ['profile-level-id=42C01F', 'constrained-baseline', 31],
    ['profile-level-id=42001f', 'baseline', 31],
    ['profile-level-id=42801f', 'baseline', 31],
    ['profile-level-id=4d801e', 'constrained-baseline', 30],
    ['profile-level-id=4d0028', 'main', 40],
    ['profile-level-id=58c01e', 'constrained-baseline', 30],
    ['profile-level-id=58801e', 'baseline', 30],
    ['profile-level-id=58001e', 'extended', 30],
    ['profile-level-id=640028', 'high', 40],
    ['profile-level-id=640c28', 'constrained-high', 40],
    ['profile-level-id=f40028', 'f400', 40],
    ['profile-level-id=42f00b', 'constrained-baseline', 10.5],
    ['profile-level-id=42e00b', 'constrained-baseline', 11],
    ['profile-level-id=64100b', '6410', 11],
  ])('%s is %s at level %d', (parameters, profile, levelTimesTen) => {
    expect(h264Format(parameters)).toMatchObject({ profile, levelTimesTen });
  });

  it.each(['profile-level-id=42e0', 'profile-level-id=zzzzzz', 'packetization-mode=3', 'packetization-mode='])(
    '%s is no format',
    (parameters) => {
      expect(h264Format(parameters)).toBeUndefined();
      expect(sameH264(parameters, parameters)).toBe(false);
    },
  );

  it.each([
    ['profile-level-id=42e01f;packetization-mode=1', 'packetization-mode=1;profile-level-id=42e00d', true],
    ['profile-level-id=42e01f;packetization-mode=1', 'profile-level-id=42e01f', false],
    ['profile-level-id=42e01f;packetization-mode=1', 'profile-level-id=4d801f;packetization-mode=1', true],
    ['profile-level-id=42e01f;packetization-mode=1', 'profile-level-id=42001f;packetization-mode=1', true],
    ['profile-level-id=42e01f;packetization-mode=1', 'profile-level-id=4d001f;packetization-mode=1', false],
    ['profile-level-id=640028;packetization-mode=1', 'profile-level-id=640c28;packetization-mode=1', false],
    [undefined, 'profile-level-id=42000a;packetization-mode=0', true],
  ])('%s and %s are one: %s', (a, b, expected) => {
    expect(sameH264(a, b)).toBe(expected);
    expect(sameH264(b, a)).toBe(expected);
  });

  it.each([
    [
      'our own level with asymmetry',
      'profile-level-id=42e00d;packetization-mode=1;level-asymmetry-allowed=1',
      'profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1',
      'level-asymmetry-allowed=1;profile-level-id=42e01f;packetization-mode=1',
    ],
    [
      'the lower level without',
      'profile-level-id=42e00d;packetization-mode=1',
      'profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1',
      'profile-level-id=42e00d;packetization-mode=1',
    ],
    [
      'the lower level, ours',
      'profile-level-id=42e028;packetization-mode=1',
      'profile-level-id=42e01f;packetization-mode=1',
      'profile-level-id=42e01f;packetization-mode=1',
    ],
    [
      "the offer's profile bytes",
      'profile-level-id=4d8028;packetization-mode=0',
      'profile-level-id=42e01f',
      'profile-level-id=4d801f;packetization-mode=0',
    ],
    [
      'level 1.1 not made 1b',
      'profile-level-id=42f01f',
      'profile-level-id=42e00b',
      'profile-level-id=42e00b;packetization-mode=0',
    ],
    [
      'level 1b in its own bytes',
      'profile-level-id=42e01f',
      'profile-level-id=42f00b',
      'profile-level-id=42f00b;packetization-mode=0',
    ],
  ])('is answered with %s', (_, offered, supported, expected) => {
    expect(answerH264(offered, supported)).toBe(expected);
  });

  it('is matched by its parameters where an offer has several', () => {
    const codec = (payloadType: number, parameters: string | undefined, name = 'H264'): Codec => ({
      payloadType,
      name,
      clockRateHz: 90_000,
      channels: 1,
      parameters,
    });
    const offered = [
      codec(96, 'profile-level-id=640c1f;packetization-mode=1'),
      codec(97, 'profile-level-id=42e01f;packetization-mode=0'),
      codec(98, 'profile-level-id=42e01f;packetization-mode=1'),
      codec(99, undefined, 'VP8'),
    ];
    const supported = [codec(120, 'profile-level-id=42e01f;packetization-mode=1'), codec(121, 'max-fr=30', 'VP8')];
    expect(intersectCodecs(offered, supported).map((match) => match.offered.payloadType)).toEqual([98, 99]);
  });
});

describe('RTCP feedback', () => {
  const text = [
    'v=0',
    'o=- 1 1 IN IP4 192.0.2.1',
    's=-',
    'c=IN IP4 192.0.2.1',
    't=0 0',
    'm=video 4000 RTP/AVPF 96 97 98',
  ];
  const lines = ['96 nack', '96 nack pli', '96 ccm fir', '96 goog-remb', '97 NACK  PLI ', '* ccm fir', 'nonsense'];
  const session = parseSession([...text, ...lines.map((line) => `a=rtcp-fb:${line}`), ''].join('\r\n'));
  const video = (session.kind === 'session' ? session.media[0] : undefined) as MediaDescription;

  it.each([
    [96, { nack: true, pli: true, fir: true }],
    [97, { nack: false, pli: true, fir: true }],
    [98, { nack: false, pli: false, fir: true }],
  ])('of payload type %i', (payloadType, expected) => {
    expect(rtcpFeedback(video, payloadType)).toEqual(expected);
  });

  it('is written as it is read, and common is what both have', () => {
    const common = commonFeedback({ nack: false, pli: true, fir: true }, { nack: true, pli: true, fir: false });
    expect(common).toEqual({ nack: false, pli: true, fir: false });
    const attributes = rtcpFeedbackAttributes(96, { nack: true, pli: true, fir: true });
    expect(attributes.map(({ name, value }) => `a=${name}:${value}`)).toEqual(
      ['96 nack', '96 nack pli', '96 ccm fir'].map((line) => `a=rtcp-fb:${line}`),
    );
    expect(rtcpFeedback({ ...video, attributes }, 96)).toEqual({ nack: true, pli: true, fir: true });
    expect(rtcpFeedbackAttributes(96, common)).toEqual([{ name: 'rtcp-fb', value: '96 nack pli' }]);
  });
});
