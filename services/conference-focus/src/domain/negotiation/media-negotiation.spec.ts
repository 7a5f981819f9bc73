import { parseCrypto, type SessionDescription } from '@ringdown/sdp';
import { describe, expect, it } from 'vitest';
import type { MemberMedia } from '../../ports/mixer.js';
import { Keying } from './keying.js';
import { MediaNegotiation, readDescription } from './media-negotiation.js';
import { everyAudioCodec, type MediaPolicy } from './media-policy.js';
import { wantedMedia } from './preview.js';

const plain: MediaPolicy = { audio: everyAudioCodec, video: [], srtpRequired: false };
const withVideo: MediaPolicy = { ...plain, video: ['VP8', 'H264'] };

function negotiation(policy: MediaPolicy = plain, host = '198.51.100.7'): MediaNegotiation {
  let made = 0;
  const keying = new Keying((length) => new Uint8Array(length).fill(++made));
  const video = policy.video.length === 0 ? undefined : { host, port: 20_002 };
  return new MediaNegotiation({ policy, ports: { audio: { host, port: 20_000 }, video }, sessionId: '7', keying });
}

function description(...lines: readonly string[]): SessionDescription {
  const session = readDescription(
    ['v=0', 'o=- 1 1 IN IP4 192.0.2.10', 's=-', 'c=IN IP4 192.0.2.10', 't=0 0', ...lines, ''].join('\r\n'),
  );
  if (session.kind === 'unreadable') throw new Error(session.reason);
  return session;
}

function answered(side: MediaNegotiation, ...lines: readonly string[]): { body: string; media: MemberMedia } {
  const outcome = side.answer(description(...lines));
  if (outcome.kind !== 'answer') throw new Error(outcome.text);
  return outcome;
}

/** The lines of an answer from its first m= on. */
function streamsOf(body: string): string[] {
  const lines = body.trimEnd().split('\r\n');
  return lines.slice(lines.findIndex((line) => line.startsWith('m=')));
}

const opusLines = [
  'a=rtpmap:96 opus/48000/2',
  'a=rtpmap:97 telephone-event/48000',
  'a=rtpmap:101 telephone-event/8000',
];

describe('audio', () => {
  it.each<[what: string, offer: readonly string[], answer: readonly string[], audio: object]>([
    [
      'G.711 alone',
      ['m=audio 4000 RTP/AVP 0'],
      ['m=audio 20000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', 'a=ptime:20', 'a=sendrecv'],
      { codec: { encoding: 'PCMU', sendPayloadType: 0, receivePayloadType: 0, ptimeMs: 20 }, dtmf: undefined },
    ],
    [
      'in the order of the offer, with events of the first codec’s clock',
      ['m=audio 4000 RTP/AVP 8 96 0 97 101', ...opusLines],
      [
        'm=audio 20000 RTP/AVP 8 96 0 101',
        'a=rtpmap:8 PCMA/8000',
        'a=rtpmap:96 opus/48000/2',
        'a=fmtp:96 useinbandfec=1',
        'a=rtpmap:0 PCMU/8000',
        'a=rtpmap:101 telephone-event/8000',
        'a=fmtp:101 0-16',
        'a=ptime:20',
        'a=sendrecv',
      ],
      { codec: { encoding: 'PCMA' }, dtmf: { sendPayloadType: 101, receivePayloadType: 101, clockRate: 8_000 } },
    ],
    [
      'Opus by what the phone would like (RFC 7587 §7), and its events',
      [
        'm=audio 4000 RTP/AVP 96 97 101',
        ...opusLines,
        'a=fmtp:96 maxaveragebitrate=24000; useinbandfec=1;usedtx=1;stereo=1',
      ],
      [
        'm=audio 20000 RTP/AVP 96 97',
        'a=rtpmap:96 opus/48000/2',
        'a=fmtp:96 useinbandfec=1',
        'a=rtpmap:97 telephone-event/48000',
        'a=fmtp:97 0-16',
        'a=ptime:20',
        'a=sendrecv',
      ],
      {
        codec: {
          encoding: 'opus',
          sendPayloadType: 96,
          opus: { maxAverageBitrate: 24_000, inbandFec: true, dtx: true },
        },
        dtmf: { sendPayloadType: 97, clockRate: 48_000 },
      },
    ],
    [
      'events of another clock where there are no others',
      ['m=audio 4000 RTP/AVP 96 101', ...opusLines],
      [
        'm=audio 20000 RTP/AVP 96 101',
        'a=rtpmap:96 opus/48000/2',
        'a=fmtp:96 useinbandfec=1',
        'a=rtpmap:101 telephone-event/8000',
        'a=fmtp:101 0-16',
        'a=ptime:20',
        'a=sendrecv',
      ],
      { dtmf: { clockRate: 8_000 } },
    ],
    [
      'RTCP on the port of RTP (RFC 5761)',
      ['m=audio 4000 RTP/AVPF 9', 'a=rtcp-mux', 'a=rtcp:4711'],
      ['m=audio 20000 RTP/AVPF 9', 'a=rtpmap:9 G722/8000', 'a=ptime:20', 'a=rtcp-mux', 'a=sendrecv'],
      { rtcp: 'mux', codec: { encoding: 'G722' } },
    ],
    [
      'RTCP elsewhere (RFC 3605)',
      ['m=audio 4000 RTP/AVP 0', 'a=rtcp:4711 IN IP4 192.0.2.99'],
      ['m=audio 20000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', 'a=ptime:20', 'a=sendrecv'],
      { rtcp: { host: '192.0.2.99', port: 4_711 } },
    ],
  ])('%s', (_what, offer, answer, audio) => {
    const outcome = answered(negotiation(), ...offer);
    expect(streamsOf(outcome.body)).toEqual(answer);
    expect(outcome.media.audio).toMatchObject(audio);
  });

  it.each<[lines: readonly string[], encoding: string, ptimeMs: number]>([
    [['m=audio 1 RTP/AVP 0', 'a=ptime:30'], 'PCMU', 30],
    [['m=audio 1 RTP/AVP 0', 'a=ptime:40', 'a=maxptime:25'], 'PCMU', 20],
    [['m=audio 1 RTP/AVP 0', 'a=ptime:5'], 'PCMU', 10],
    [['m=audio 1 RTP/AVP 0', 'a=ptime:200'], 'PCMU', 60],
    [['m=audio 1 RTP/AVP 0', 'a=ptime:soon'], 'PCMU', 20],
    [['m=audio 1 RTP/AVP 96', ...opusLines, 'a=ptime:30'], 'opus', 20],
    [['m=audio 1 RTP/AVP 96', ...opusLines, 'a=ptime:50'], 'opus', 40],
    [['m=audio 1 RTP/AVP 96', ...opusLines, 'a=ptime:60'], 'opus', 60],
  ])('%j is sent in packets of that length', (lines, encoding, ptimeMs) => {
    expect(answered(negotiation(), ...lines).media.audio?.codec).toMatchObject({ encoding, ptimeMs });
  });

  it.each<[what: string, lines: readonly string[], remote: object | undefined, direction: string]>([
    ['an address', ['m=audio 4000 RTP/AVP 0'], { host: '192.0.2.10', port: 4_000 }, 'sendrecv'],
    [
      'its own address',
      ['m=audio 4000 RTP/AVP 0', 'c=IN IP6 2001:db8::1'],
      { host: '2001:db8::1', port: 4_000 },
      'sendrecv',
    ],
    ['a name', ['m=audio 4000 RTP/AVP 0', 'c=IN IP4 phone.test'], undefined, 'sendrecv'],
    ['no address', ['m=audio 4000 RTP/AVP 0', 'c=IN IP4 0.0.0.0'], undefined, 'recvonly'],
    ['no address of IPv6', ['m=audio 4000 RTP/AVP 0', 'c=IN IP6 ::'], undefined, 'recvonly'],
    ['the discard port', ['m=audio 9 RTP/AVP 0'], undefined, 'sendrecv'],
    ['an ear alone', ['m=audio 4000 RTP/AVP 0', 'a=recvonly'], { host: '192.0.2.10', port: 4_000 }, 'sendonly'],
  ])('to %s', (_what, lines, remote, direction) => {
    const { audio } = answered(negotiation(), ...lines).media;
    expect(audio?.remote).toEqual(remote);
    expect(audio?.direction).toBe(direction);
  });

  it('speaks IPv6 to whom asks by it', () => {
    const offer = description('m=audio 4000 RTP/AVP 0', 'c=IN IP6 2001:db8::1');
    expect(wantedMedia(offer)).toEqual({ family: 'IP6', video: false });
    const { body } = answered(negotiation(plain, '2001:db8::f'), 'm=audio 4000 RTP/AVP 0', 'c=IN IP6 2001:db8::1');
    expect(body).toContain('o=- 7 1 IN IP6 2001:db8::f\r\ns=-\r\nc=IN IP6 2001:db8::f\r\n');
  });
});

describe('streams that are refused', () => {
  it('keep their places with port 0', () => {
    const { body } = answered(
      negotiation(),
      'm=image 6000 udptl t38',
      'm=audio 4000 RTP/AVP 18',
      'm=audio 4002 RTP/AVP 0',
      'm=audio 4004 RTP/AVP 0',
      'm=video 4006 RTP/AVP 96',
      'a=rtpmap:96 VP8/90000',
    );
    expect(body.match(/^m=.*$/gm)).toEqual([
      'm=image 0 udptl t38',
      'm=audio 0 RTP/AVP 18',
      'm=audio 20000 RTP/AVP 0',
      'm=audio 0 RTP/AVP 0',
      'm=video 0 RTP/AVP 96',
    ]);
  });

  it('stay refused where this side offers anew, and payload types keep their meaning (RFC 3264 §8)', () => {
    const side = negotiation();
    answered(
      side,
      'm=image 6000 udptl t38',
      'm=audio 4000 RTP/AVP 111 97',
      'a=rtpmap:111 telephone-event/8000',
      'a=rtpmap:97 opus/48000/2',
    );
    const offer = side.offer();
    expect(offer).toContain('o=- 7 2 IN');
    expect(offer.match(/^m=.*$/gm)).toEqual(['m=image 0 udptl t38', 'm=audio 20000 RTP/AVP 111 97 9 8 0 110']);
    expect(offer).toContain('a=rtpmap:97 opus/48000/2');
    side.offerRefused();
    expect(side.isOfferOpen).toBe(false);
  });
});

describe('SDES (RFC 4568)', () => {
  const key = Buffer.alloc(30, 9).toString('base64');
  const gcm = Buffer.alloc(28, 8).toString('base64');
  const offer = [
    'm=audio 4000 RTP/SAVP 0',
    `a=crypto:3 AEAD_AES_128_GCM inline:${gcm}`,
    `a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:${key}|2^20`,
  ];

  it('answers with the tag that it chose and a key of its own', () => {
    const { body, media } = answered(negotiation(), ...offer);
    const ours = Buffer.alloc(30, 1);
    expect(body).toContain('m=audio 20000 RTP/SAVP 0');
    expect(body).toContain(`a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:${ours.toString('base64')}`);
    const { suite, send, receive } = media.audio?.srtp ?? {};
    expect([suite, send, receive].map((part) => (typeof part === 'string' ? part : Buffer.from(part ?? [])))).toEqual([
      'AES_CM_128_HMAC_SHA1_80',
      ours,
      Buffer.alloc(30, 9),
    ]);
  });

  it('keeps its key while the phone keeps its own, and takes a new one of the phone', () => {
    const side = negotiation();
    const first = answered(side, ...offer).media.audio?.srtp;
    expect(answered(side, ...offer).media.audio?.srtp).toEqual(first);
    const other = Buffer.alloc(30, 7).toString('base64');
    const { srtp } =
      answered(side, 'm=audio 4000 RTP/SAVP 0', `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${other}`).media.audio ?? {};
    expect(Buffer.from(srtp?.receive ?? [])).toEqual(Buffer.alloc(30, 7));
    expect(srtp?.send).toEqual(first?.send);
  });

  it('offers every suite where SRTP is required, and takes the one that is answered', () => {
    const side = negotiation({ ...plain, srtpRequired: true });
    const lines = side.offer().match(/(?<=^a=crypto:).*$/gm) ?? [];
    expect(lines).toHaveLength(4);
    const chosen = parseCrypto(lines[1] ?? '');
    const outcome = side.agreed(description('m=audio 4000 RTP/SAVP 0', `a=crypto:2 AEAD_AES_128_GCM inline:${gcm}`));
    expect(outcome).toMatchObject({
      kind: 'agreed',
      media: {
        audio: { srtp: { suite: 'AEAD_AES_128_GCM', send: 'keyAndSalt' in chosen ? chosen.keyAndSalt : undefined } },
      },
    });
    expect(side.offer().match(/^a=crypto:.*$/gm)).toEqual([`a=crypto:${lines[1]}`]);
  });

  it.each<[what: string, lines: readonly string[]]>([
    ['no key', ['m=audio 4000 RTP/SAVP 0']],
    ['another suite', ['m=audio 4000 RTP/SAVP 0', `a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:${key}`]],
    ['another tag', ['m=audio 4000 RTP/SAVP 0', `a=crypto:9 AEAD_AES_128_GCM inline:${gcm}`]],
    ['no SRTP', ['m=audio 4000 RTP/AVP 0']],
  ])('refuses an answer with %s', (_what, lines) => {
    const side = negotiation({ ...plain, srtpRequired: true });
    side.offer();
    expect(side.agreed(description(...lines)).kind).toBe('unacceptable');
  });

  it.each<[what: string, policy: MediaPolicy, lines: readonly string[], warnCode: number]>([
    ['plain RTP where SRTP is required', { ...plain, srtpRequired: true }, ['m=audio 4000 RTP/AVP 0'], 302],
    [
      'SRTP without a usable key',
      plain,
      ['m=audio 4000 RTP/SAVP 0', 'a=crypto:1 F8_128_HMAC_SHA1_80 inline:AAAA'],
      302,
    ],
    ['DTLS', plain, ['m=audio 4000 UDP/TLS/RTP/SAVPF 0'], 302],
    ['no common codec', plain, ['m=audio 4000 RTP/AVP 18'], 305],
    ['events alone', plain, ['m=audio 4000 RTP/AVP 101', 'a=rtpmap:101 telephone-event/8000'], 305],
    ['a stream that is off', plain, ['m=audio 0 RTP/AVP 0'], 304],
    ['video alone', withVideo, ['m=video 4000 RTP/AVP 96', 'a=rtpmap:96 VP8/90000'], 304],
  ])('refuses %s', (_what, policy, lines, warnCode) => {
    expect(negotiation(policy).answer(description(...lines))).toMatchObject({ kind: 'unacceptable', warnCode });
  });
});

describe('video', () => {
  const audio = 'm=audio 4000 RTP/AVP 0';

  it('is VP8 where it is on offer, with the feedback of both', () => {
    const { body, media } = answered(
      negotiation(withVideo),
      audio,
      'm=video 4002 RTP/AVPF 98 99',
      'a=rtpmap:98 H264/90000',
      'a=fmtp:98 profile-level-id=42e01f;packetization-mode=1',
      'a=rtpmap:99 VP8/90000',
      'a=rtcp-fb:99 nack',
      'a=rtcp-fb:99 nack pli',
      'a=rtcp-fb:* ccm fir',
    );
    expect(streamsOf(body).slice(4)).toEqual([
      'm=video 20002 RTP/AVPF 99',
      'a=rtpmap:99 VP8/90000',
      'a=rtcp-fb:99 nack pli',
      'a=rtcp-fb:99 ccm fir',
      'a=sendrecv',
    ]);
    expect(media.video).toMatchObject({ encoding: 'VP8', sendPayloadType: 99, feedback: { pli: true, fir: true } });
  });

  it.each<[parameters: string, taken: boolean]>([
    ['profile-level-id=42e01f;packetization-mode=1', true],
    ['profile-level-id=42801f;packetization-mode=1', true],
    ['profile-level-id=42e01f', false],
    ['profile-level-id=640c1f;packetization-mode=1', false],
  ])('is H.264 with %s: %s', (parameters, taken) => {
    const { media } = answered(
      negotiation(withVideo),
      audio,
      'm=video 4002 RTP/AVP 98',
      'a=rtpmap:98 H264/90000',
      `a=fmtp:98 ${parameters}`,
    );
    expect(media.video !== undefined).toBe(taken);
    expect(media.audio).toBeDefined();
  });

  it('is offered where the room has it', () => {
    const offer = negotiation(withVideo).offer();
    expect(offer).toContain('m=video 20002 RTP/AVP 96 97');
    expect(offer).toContain('a=rtcp-fb:96 nack pli');
    expect(offer).toContain('a=fmtp:97 level-asymmetry-allowed=1;profile-level-id=42e01f;packetization-mode=1');
  });
});

describe('an answer to an offer of this side', () => {
  it.each<[what: string, lines: readonly string[]]>([
    ['fewer streams', []],
    ['a codec that was not on offer', ['m=audio 4000 RTP/AVP 18']],
    ['no audio', ['m=audio 0 RTP/AVP 0']],
    ['another protocol', ['m=audio 4000 RTP/SAVP 0']],
  ])('with %s is none', (_what, lines) => {
    const side = negotiation();
    side.offer();
    expect(side.agreed(description(...lines)).kind).toBe('unacceptable');
  });

  it('may leave out video at its end, and nothing else', () => {
    const side = negotiation(withVideo);
    side.offer();
    expect(side.agreed(description('m=audio 4000 RTP/AVP 0'))).toMatchObject({ media: { video: undefined } });
    expect(side.offer().match(/^m=.*$/gm)).toEqual([
      'm=audio 20000 RTP/AVP 111 9 8 0 101 110',
      'm=video 20002 RTP/AVP 96 97',
    ]);
    expect(side.agreed(description('m=video 4000 RTP/AVP 96', 'a=rtpmap:96 VP8/90000')).kind).toBe('unacceptable');
  });

  it('that nobody waits for is none', () => {
    expect(negotiation().agreed(description('m=audio 4000 RTP/AVP 0')).kind).toBe('unacceptable');
  });

  it('may have other payload types for what is sent (RFC 3264 §5.1)', () => {
    const side = negotiation();
    side.offer();
    const outcome = side.agreed(description('m=audio 4000 RTP/AVP 120', 'a=rtpmap:120 opus/48000/2'));
    expect(outcome).toMatchObject({
      media: { audio: { codec: { encoding: 'opus', sendPayloadType: 120, receivePayloadType: 111 } } },
    });
  });
});
