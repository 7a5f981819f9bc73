import { expect, it } from 'vitest';
import { offerFacts } from './offer-facts.js';

const head = 'v=0\r\no=- 1 1 IN IP4 203.0.113.7\r\ns=-\r\n';
const fingerprint = 'a=fingerprint:sha-256 AA:BB\r\n';
const candidates =
  'a=candidate:1 1 udp 2113937151 203.0.113.7 5000 typ host\r\na=candidate:2 1 udp 2113937150 a1b2.local 5001 typ host\r\n';

it.each([
  {
    name: 'a phone',
    sdp: `${head}c=IN IP4 203.0.113.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n`,
    expected: { profile: 'plain', family: 'IP4', addresses: ['203.0.113.7'] },
  },
  {
    name: 'a phone with IPv6 for its media alone',
    sdp: `${head}c=IN IP4 203.0.113.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\n`,
    expected: { profile: 'plain', family: 'IP6', addresses: ['2001:db8::1'] },
  },
  {
    name: 'a phone with a name',
    sdp: `${head}c=IN IP4 media.test\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n`,
    expected: { profile: 'plain', family: undefined, addresses: ['media.test'] },
  },
  {
    name: 'a phone with keys',
    sdp: `${head}c=IN IP4 203.0.113.7\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n`,
    expected: { profile: 'sdes', family: 'IP4', addresses: ['203.0.113.7'] },
  },
  {
    name: 'a browser',
    sdp: `${head}t=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\nc=IN IP4 0.0.0.0\r\n${fingerprint}${candidates}`,
    expected: { profile: 'webrtc', family: 'IP4', addresses: ['0.0.0.0', '203.0.113.7', 'a1b2.local'] },
  },
  {
    name: 'an old browser',
    sdp: `${head}t=0 0\r\n${fingerprint}m=audio 9 RTP/SAVPF 0\r\nc=IN IP4 203.0.113.7\r\n`,
    expected: { profile: 'webrtc', family: 'IP4', addresses: ['203.0.113.7'] },
  },
  {
    name: 'a fax',
    sdp: `${head}c=IN IP4 203.0.113.7\r\nt=0 0\r\nm=image 4000 udptl t38\r\n`,
    expected: { profile: 'plain', family: 'IP4', addresses: ['203.0.113.7'] },
  },
  {
    name: 'messages',
    sdp: `${head}c=IN IP4 203.0.113.7\r\nt=0 0\r\nm=message 4000 TCP/MSRP *\r\n`,
    expected: undefined,
  },
  { name: 'nonsense', sdp: 'nonsense', expected: undefined },
])('the description of $name', ({ sdp, expected }) => {
  expect(offerFacts(sdp)).toEqual(expected);
});
