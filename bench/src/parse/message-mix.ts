import { readFileSync } from 'node:fs';
import { RFC4475 } from '@ringdown/sip-message/torture';
import { OWN_HOST, OWN_PORT, RECORD_ROUTE_URI } from './passage.js';

export interface MixedMessage {
  readonly name: string;
  readonly part: 'everyday' | 'rfc4475';
  readonly bytes: Buffer;
}

const TORTURE = new URL('../../../libs/sip-message/fixtures/torture/', import.meta.url);

function sdp(host: string): string {
  return [
    'v=0',
    `o=- 2890844526 2890844526 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    'm=audio 49172 RTP/AVP 8 0 101',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
    'a=sendrecv',
    '',
  ].join('\r\n');
}

function message(name: string, lines: readonly string[], body = ''): MixedMessage {
  const text = [...lines, `Content-Length: ${body.length}`, '', body].join('\r\n');
  return { name, part: 'everyday', bytes: Buffer.from(text, 'latin1') };
}

const offer = sdp('192.0.2.77');
const answer = sdp('192.0.2.4');

const EVERYDAY: readonly MixedMessage[] = [
  message(
    'INVITE with SDP',
    [
      'INVITE sip:bob@demo.ringdown.test SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.77:5062;branch=z9hG4bK74bf9-1;rport',
      'Max-Forwards: 70',
      'From: "Alice" <sip:alice@demo.ringdown.test>;tag=9fxced76sl',
      'To: <sip:bob@demo.ringdown.test>',
      'Call-ID: 3848276298220188511@192.0.2.77',
      'CSeq: 2 INVITE',
      'Contact: <sip:alice@192.0.2.77:5062;transport=udp>',
      'User-Agent: Bench Phone 1.0',
      'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY',
      'Supported: replaces, timer',
      'Content-Type: application/sdp',
    ],
    offer,
  ),
  message(
    '200 to the INVITE',
    [
      'SIP/2.0 200 OK',
      `Via: SIP/2.0/UDP ${OWN_HOST}:${OWN_PORT};branch=z9hG4bKe1.k3f9.00a7b.1x2y3z4a5b6;rport=${OWN_PORT};received=${OWN_HOST}`,
      'Via: SIP/2.0/UDP 192.0.2.77:5062;branch=z9hG4bK74bf9-1;rport=40012;received=192.0.2.77',
      `Record-Route: <${RECORD_ROUTE_URI}>`,
      'From: "Alice" <sip:alice@demo.ringdown.test>;tag=9fxced76sl',
      'To: <sip:bob@demo.ringdown.test>;tag=314159265',
      'Call-ID: 3848276298220188511@192.0.2.77',
      'CSeq: 2 INVITE',
      'Contact: <sip:bob@192.0.2.4:5062;transport=udp>',
      'User-Agent: Bench Phone 1.0',
      'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY',
      'Content-Type: application/sdp',
    ],
    answer,
  ),
  message('REGISTER with credentials', [
    'REGISTER sip:demo.ringdown.test SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.77:5062;branch=z9hG4bK9d1c-7;rport',
    'Max-Forwards: 70',
    'From: "Alice" <sip:alice@demo.ringdown.test>;tag=a73kszlfl',
    'To: <sip:alice@demo.ringdown.test>',
    'Call-ID: 1j9FpLxk3uxtm8tn@192.0.2.77',
    'CSeq: 8 REGISTER',
    'Contact: <sip:alice@192.0.2.77:5062;transport=udp>;expires=600;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>";reg-id=1',
    'Expires: 600',
    'Supported: path, outbound',
    'Authorization: Digest username="alice", realm="demo.ringdown.test", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c0", uri="sip:demo.ringdown.test", response="6629fae49393a05397450978507c4ef1", algorithm=MD5, cnonce="0a4f113b", qop=auth, nc=00000001',
    'User-Agent: Bench Phone 1.0',
  ]),
  message('BYE in a dialog', [
    'BYE sip:bob@192.0.2.4:5062;transport=udp SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.77:5062;branch=z9hG4bK74bf9-3;rport',
    'Max-Forwards: 70',
    `Route: <${RECORD_ROUTE_URI}>`,
    'From: "Alice" <sip:alice@demo.ringdown.test>;tag=9fxced76sl',
    'To: <sip:bob@demo.ringdown.test>;tag=314159265',
    'Call-ID: 3848276298220188511@192.0.2.77',
    'CSeq: 3 BYE',
    'User-Agent: Bench Phone 1.0',
  ]),
];

/** RFC 4475 §3.1.1: the messages that are valid, however odd. */
const VALID: readonly MixedMessage[] = RFC4475.filter((row) => row.section.startsWith('3.1.1.')).map(({ file }) => ({
  name: file.slice('rfc4475/'.length, -'.dat'.length),
  part: 'rfc4475',
  bytes: readFileSync(new URL(file, TORTURE)),
}));

/** The fixed mix: what phones send all day, and what RFC 4475 calls valid. */
export const MESSAGE_MIX: readonly MixedMessage[] = [...EVERYDAY, ...VALID];
