import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSession } from './parse.js';
import { printSession } from './print.js';
import type { Connection, MediaDescription, SdpFailure, SessionDescription } from './session-description.js';

function parsed(text: string): SessionDescription {
  const session = parseSession(text);
  if (session.kind === 'failure') throw new Error(`line ${session.line}: ${session.reason}`);
  return session;
}

/** RFC 8866 §5, the example. */
const EXAMPLE = [
  'v=0',
  'o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1',
  's=Call to John Smith',
  'i=SDP Offer #1',
  'u=http://www.jdoe.example.com/home.html',
  'e=Jane Doe <jane@jdoe.example.com>',
  'p=+1 617 555-6011',
  'c=IN IP4 198.51.100.1',
  't=0 0',
  'm=audio 49170 RTP/AVP 0',
  'm=audio 49180 RTP/AVP 0',
  'm=video 51372 RTP/AVP 99',
  'c=IN IP6 2001:db8::2',
  'a=rtpmap:99 h263-1998/90000',
  '',
].join('\r\n');

describe('parseSession', () => {
  it('reads the example of RFC 8866 §5, which prints back to the same bytes', () => {
    const session = parsed(EXAMPLE);
    expect(session.origin).toEqual({
      username: 'jdoe',
      sessionId: '3724394400',
      sessionVersion: '3724394405',
      addressType: 'IP4',
      address: '198.51.100.1',
    });
    expect(session.media.map(({ media, port, protocol, formats }) => [media, port, protocol, formats])).toEqual([
      ['audio', 49170, 'RTP/AVP', ['0']],
      ['audio', 49180, 'RTP/AVP', ['0']],
      ['video', 51372, 'RTP/AVP', ['99']],
    ]);
    expect(session.media[2]?.connections).toEqual([
      { addressType: 'IP6', address: '2001:db8::2', ttl: undefined, addressCount: undefined },
    ]);
    expect(printSession(session)).toBe(EXAMPLE);
  });

  const minimal = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

  it.each<[string, string]>([
    ['bare LF', minimal.replaceAll('\r\n', '\n')],
    ['no last line ending', minimal.slice(0, -2)],
    ['empty lines at the end', `${minimal}\r\n\r\n`],
    ['no s=', minimal.replace('s=-\r\n', '')],
    ['no t=', minimal.replace('t=0 0\r\n', '')],
    ['c= after t=', minimal.replace('c=IN IP4 192.0.2.1\r\nt=0 0\r\n', 't=0 0\r\nc=IN IP4 192.0.2.1\r\n')],
    ['several spaces', minimal.replace('m=audio 4000', 'm=audio   4000')],
    ['a space at the end of a line', minimal.replace('RTP/AVP 0', 'RTP/AVP 0 ')],
    ['network type in lower case', minimal.replace('c=IN IP4', 'c=in ip4')],
    ['the obsolete k=', minimal.replace('t=0 0', 'k=prompt\r\nt=0 0')],
  ])('accepts %s', (_, text) => {
    expect(parsed(text)).toEqual(parsed(minimal));
  });

  it.each<[string, string, Connection]>([
    [
      'IPv6',
      'IN IP6 2001:db8::1',
      { addressType: 'IP6', address: '2001:db8::1', ttl: undefined, addressCount: undefined },
    ],
    [
      'a domain name',
      'IN IP4 media.example',
      { addressType: 'IP4', address: 'media.example', ttl: undefined, addressCount: undefined },
    ],
    [
      'multicast with TTL',
      'IN IP4 233.252.0.1/127',
      { addressType: 'IP4', address: '233.252.0.1', ttl: 127, addressCount: undefined },
    ],
    [
      'multicast with TTL and count',
      'IN IP4 233.252.0.1/127/3',
      { addressType: 'IP4', address: '233.252.0.1', ttl: 127, addressCount: 3 },
    ],
    [
      'IPv6 multicast with count',
      'IN IP6 ff00::db8:0:101/3',
      { addressType: 'IP6', address: 'ff00::db8:0:101', ttl: undefined, addressCount: 3 },
    ],
  ])('reads c= with %s', (_, value, connection) => {
    expect(parsed(minimal.replace('c=IN IP4 192.0.2.1', `c=${value}`)).connection).toEqual(connection);
  });

  it('reads repeat times, time zones, bandwidths and sections of attributes', () => {
    const text =
      'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nb=AS:128\r\nt=3724394400 3724398000\r\nr=604800 3600 0 90000\r\nt=0 0\r\nz=3730928400 -1h\r\na=sendonly\r\nm=audio 4000/2 RTP/AVP 0 8\r\ni=voice\r\nb=TIAS:64000\r\na=ptime:20\r\na=x-empty:\r\n';
    const session = parsed(text);
    expect(session.bandwidths).toEqual([{ type: 'AS', value: 128 }]);
    expect(session.times).toEqual([
      { start: '3724394400', stop: '3724398000', repeats: ['604800 3600 0 90000'] },
      { start: '0', stop: '0', repeats: [] },
    ]);
    expect(session.timeZones).toBe('3730928400 -1h');
    expect(session.attributes).toEqual([{ name: 'sendonly', value: undefined }]);
    expect(session.media[0]).toMatchObject({
      portCount: 2,
      information: 'voice',
      bandwidths: [{ type: 'TIAS', value: 64000 }],
      attributes: [
        { name: 'ptime', value: '20' },
        { name: 'x-empty', value: '' },
      ],
    });
    expect(printSession(session)).toBe(text);
  });

  it('accepts a rejected stream without an address', () => {
    expect(parsed('v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\nm=audio 0 RTP/AVP 0\n').media[0]?.port).toBe(0);
  });

  it.each<[string, string, SdpFailure['code'], number]>([
    ['nothing', '', 'empty', 1],
    ['only line endings', '\r\n\r\n', 'empty', 1],
    ['no v=', minimal.slice(5), 'misplaced-line', 1],
    ['another version', minimal.replace('v=0', 'v=1'), 'unsupported-version', 1],
    ['v= twice', minimal.replace('s=-', 'v=0'), 'repeated-line', 3],
    ['o= twice', minimal.replace('s=-', 'o=- 1 1 IN IP4 192.0.2.1'), 'repeated-line', 3],
    ['s= twice', minimal.replace('t=0 0', 's=x'), 'repeated-line', 5],
    ['c= twice', minimal.replace('t=0 0', 'c=IN IP4 192.0.2.2'), 'repeated-line', 5],
    ['no o=', minimal.replace('o=- 1 1 IN IP4 192.0.2.1\r\n', ''), 'missing-origin', 1],
    ['an unknown type letter', minimal.replace('s=-', 'x=1'), 'unknown-type', 3],
    ['an unknown type letter after m=', `${minimal}y=1\r\n`, 'unknown-type', 7],
    ['no type letter', minimal.replace('s=-', 'hello'), 'not-a-line', 3],
    ['an empty line inside', minimal.replace('s=-\r\n', 's=-\r\n\r\n'), 'not-a-line', 4],
    ['s= after m=', `${minimal}s=x\r\n`, 'misplaced-line', 7],
    ['r= before t=', minimal.replace('t=0 0', 'r=1 2 3'), 'misplaced-line', 5],
    ['o= with five fields', minimal.replace('IN IP4 192.0.2.1\r\ns', 'IN IP4\r\ns'), 'bad-origin', 2],
    ['o= whose version is no number', minimal.replace('- 1 1', '- 1 x'), 'bad-origin', 2],
    ['o= on another network', minimal.replace('1 1 IN', '1 1 ATM'), 'bad-origin', 2],
    ['c= without address', minimal.replace('c=IN IP4 192.0.2.1', 'c=IN IP4'), 'bad-connection', 4],
    ['c= with an IPv6 address called IP4', minimal.replace('c=IN IP4 192.0.2.1', 'c=IN IP4 ::1'), 'bad-connection', 4],
    ['c= with an IPv4 address called IP6', minimal.replace('c=IN IP4', 'c=IN IP6'), 'bad-connection', 4],
    ['c= with a TTL of 256', minimal.replace('c=IN IP4 192.0.2.1', 'c=IN IP4 233.252.0.1/256'), 'bad-connection', 4],
    ['t= with one time', minimal.replace('t=0 0', 't=0'), 'bad-time', 5],
    ['b= without colon', minimal.replace('t=0 0', 'b=AS'), 'bad-bandwidth', 5],
    ['b= with a fraction', minimal.replace('t=0 0', 'b=AS:1.5'), 'bad-bandwidth', 5],
    ['a= without name', minimal.replace('t=0 0', 'a=:x'), 'bad-attribute', 5],
    ['m= without format', minimal.replace('RTP/AVP 0', 'RTP/AVP'), 'bad-media', 6],
    ['m= with port 65536', minimal.replace('4000', '65536'), 'bad-media', 6],
    ['m= with a negative port', minimal.replace('4000', '-1'), 'bad-media', 6],
    ['m= with a port count of zero', minimal.replace('4000', '4000/0'), 'bad-media', 6],
    ['no c= at all', minimal.replace('c=IN IP4 192.0.2.1\r\n', ''), 'missing-connection', 5],
    ['too many lines', `${minimal}${'a=x\r\n'.repeat(2000)}`, 'too-many-lines', 1],
  ])('refuses %s', (_, text, code, line) => {
    const failure = parseSession(text);
    expect(failure).toMatchObject({ kind: 'failure', code, line });
    const { offset, reason } = failure as SdpFailure;
    expect(text.slice(0, offset).split('\n').length).toBe(line);
    expect(reason).not.toBe('');
  });
});

const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/);
const text = fc.stringMatching(/^[ -~]{0,20}$/);
const digits = fc.bigInt({ min: 0n, max: 18_446_744_073_709_551_615n }).map(String);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const address = fc.oneof(
  fc.ipV4().map((value) => ({ addressType: 'IP4' as const, address: value })),
  fc
    .ipV6()
    .filter((value) => !value.includes('.'))
    .map((value) => ({ addressType: 'IP6' as const, address: value })),
);
const connection = fc.oneof(
  address.map((value) => ({ ...value, ttl: undefined, addressCount: undefined })),
  fc.record({
    addressType: fc.constant('IP4' as const),
    address: fc.constant('233.252.0.1'),
    ttl: fc.nat(255),
    addressCount: maybe(fc.nat(9)),
  }),
);
const attributes = fc.array(fc.record({ name: token, value: maybe(text) }), { maxLength: 4 });
const bandwidths = fc.array(fc.record({ type: token, value: fc.nat() }), { maxLength: 2 });
const mediaDescription: fc.Arbitrary<MediaDescription> = fc.record({
  media: fc.constantFrom('audio', 'video', 'message'),
  port: fc.nat(65_535),
  portCount: maybe(fc.integer({ min: 1, max: 4 })),
  protocol: fc.constantFrom('RTP/AVP', 'UDP/TLS/RTP/SAVPF', 'TCP/MSRP'),
  formats: fc.array(token, { minLength: 1, maxLength: 4 }),
  information: maybe(text),
  connections: fc.array(connection, { maxLength: 2 }),
  bandwidths,
  attributes,
});
const description: fc.Arbitrary<SessionDescription> = fc.record({
  kind: fc.constant('session' as const),
  origin: fc
    .tuple(token, digits, digits, address)
    .map(([username, sessionId, sessionVersion, where]) =>
      Object.assign({ username, sessionId, sessionVersion }, where),
    ),
  sessionName: text,
  information: maybe(text),
  uri: maybe(text),
  emails: fc.array(text, { maxLength: 2 }),
  phones: fc.array(text, { maxLength: 2 }),
  connection,
  bandwidths,
  times: fc.array(fc.record({ start: digits, stop: digits, repeats: fc.array(text, { maxLength: 2 }) }), {
    minLength: 1,
    maxLength: 2,
  }),
  timeZones: maybe(text),
  attributes,
  media: fc.array(mediaDescription, { maxLength: 3 }),
});

describe('any description', () => {
  it('printed and parsed is itself', () => {
    fc.assert(
      fc.property(description, (session) => {
        expect(parseSession(printSession(session))).toEqual(session);
      }),
    );
  });

  it('mutilated is a description or a failure within the text, never an exception', () => {
    fc.assert(
      fc.property(description, fc.nat(), fc.string({ unit: 'binary', maxLength: 5 }), (session, at, garbage) => {
        const whole = printSession(session);
        const cut = at % whole.length;
        const result = parseSession(whole.slice(0, cut) + garbage + whole.slice(cut + garbage.length));
        const sound =
          result.kind === 'failure'
            ? result.offset <= whole.length + garbage.length
            : isDeepStrictEqual(parseSession(printSession(result)), result);
        expect(sound).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
