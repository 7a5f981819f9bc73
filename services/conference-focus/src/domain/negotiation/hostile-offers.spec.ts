import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Keying } from './keying.js';
import { MediaNegotiation, readDescription } from './media-negotiation.js';
import { everyAudioCodec } from './media-policy.js';
import { wantedMedia, whyUnacceptable } from './preview.js';

const lines = [
  'a=group:BUNDLE 0',
  'c=IN IP6 2001:db8::1',
  'c=IN IP4 0.0.0.0',
  'm=audio 4000 RTP/AVP 0 8 9 96 101',
  'm=audio 4000 RTP/SAVP 0',
  'm=audio 0 RTP/AVP 0',
  'm=audio 65535 RTP/AVP 200 -1 x 128',
  'm=video 4002 RTP/AVPF 98 99',
  'm=image 4004 udptl t38',
  'a=rtpmap:96 opus/48000/2',
  'a=rtpmap:96 opus/48000/999',
  'a=fmtp:96 maxaveragebitrate=9999999;useinbandfec',
  'a=fmtp:98 profile-level-id=zzzzzz;packetization-mode=9',
  'a=rtpmap:98 H264/90000',
  'a=rtpmap:99 VP8/90000',
  'a=rtpmap:101 telephone-event/8000',
  'a=rtcp-fb:* nack pli',
  'a=rtcp-mux',
  'a=rtcp:99999 IN IP4 x',
  'a=ptime:-20',
  'a=maxptime:1e9',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:',
  'a=sendonly',
  'a=inactive',
] as const;

const line = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...lines) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
);
const body = fc
  .array(line, { maxLength: 16 })
  .map((more) => ['v=0', 'o=- 1 1 IN IP4 192.0.2.10', 's=-', 'c=IN IP4 192.0.2.10', 't=0 0', ...more, ''].join('\r\n'));

it('answers any offer in as many lines as it has, or says why not, again and again', () => {
  let answers = 0;
  fc.assert(
    fc.property(fc.array(body, { minLength: 1, maxLength: 4 }), fc.boolean(), (offers, srtpRequired) => {
      const ports = { audio: { host: '198.51.100.7', port: 20_000 }, video: { host: '198.51.100.7', port: 20_002 } };
      const policy = { audio: everyAudioCodec, video: ['VP8', 'H264'], srtpRequired } as const;
      const keying = new Keying((length) => new Uint8Array(length));
      const side = new MediaNegotiation({ policy, ports, sessionId: '7', keying });
      for (const text of offers) {
        const offer = readDescription(text);
        if (offer.kind === 'unreadable') continue;
        wantedMedia(offer);
        const isRefusedAhead = whyUnacceptable(offer, policy) !== undefined;
        const outcome = side.answer(offer);
        expect(outcome.kind === 'unacceptable').toBe(isRefusedAhead);
        if (outcome.kind === 'unacceptable') continue;
        answers += 1;
        const answer = readDescription(outcome.body);
        expect(answer.kind === 'session' && answer.media.map(({ media }) => media)).toEqual(
          offer.media.map(({ media }) => media),
        );
        const { audio } = outcome.media;
        expect(audio?.codec.ptimeMs).toBeGreaterThanOrEqual(10);
        expect(audio?.codec.ptimeMs).toBeLessThanOrEqual(60);
        expect(audio?.srtp !== undefined).toBe(/^m=audio [1-9]\d* RTP\/SAVP/m.test(outcome.body));
        expect(readDescription(side.offer()).kind).toBe('session');
        side.offerRefused();
      }
    }),
    { numRuns: 800, seed: 11 },
  );
  expect(answers).toBeGreaterThan(100);
});
