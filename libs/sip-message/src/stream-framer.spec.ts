import { readdirSync, readFileSync } from 'node:fs';
import { array, assert, constantFrom, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Frame, StreamFramer, type StreamFramerOptions } from './stream-framer.js';

const OPTIONS: StreamFramerOptions = { maxMessageBytes: 65_536 };
const TORTURE = new URL('../fixtures/torture/rfc4475/', import.meta.url);

/** All frames but 'incomplete' that come out when the bytes are pushed in pieces that end at the cuts. */
function frames(bytes: Buffer, cuts: readonly number[], options: StreamFramerOptions = OPTIONS): Frame[] {
  const framer = new StreamFramer(options);
  const out: Frame[] = [];
  const ends = [...cuts.filter((cut) => cut < bytes.length), bytes.length];
  let start = 0;
  for (const end of ends) {
    framer.push(bytes.subarray(start, end));
    start = end;
    for (let frame = framer.next(); frame.kind !== 'incomplete'; frame = framer.next()) {
      out.push(frame);
      if (frame.kind === 'error') return out;
    }
  }
  return out;
}

const message = (body: string, more = ''): string =>
  `MESSAGE sip:h SIP/2.0\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;

describe('frames', () => {
  const A = message('');
  const B = message('hello\r\n\r\nworld\x00\xff');
  it.each<[what: string, stream: string, expected: Frame[]]>([
    [
      'two messages',
      A + B,
      [
        { kind: 'message', raw: A },
        { kind: 'message', raw: B },
      ],
    ],
    [
      'a ping between',
      `${A}\r\n\r\n${B}`,
      [{ kind: 'message', raw: A }, { kind: 'ping' }, { kind: 'message', raw: B }],
    ],
    ['two pings', '\r\n\r\n\r\n\r\n', [{ kind: 'ping' }, { kind: 'ping' }]],
    ['a pong before a message', `\r\n${A}`, [{ kind: 'pong' }, { kind: 'message', raw: A }]],
    [
      'a compact, folded, padded Content-Length',
      'X sip:h SIP/2.0\r\nl :\r\n 2 \r\n\r\nab',
      [{ kind: 'message', raw: 'X sip:h SIP/2.0\r\nl :\r\n 2 \r\n\r\nab' }],
    ],
    [
      'names that only look like it',
      message('', 'Contact: <sip:l>\r\nLabel: 5\r\n Content-Length: 9\r\n'),
      [{ kind: 'message', raw: message('', 'Contact: <sip:l>\r\nLabel: 5\r\n Content-Length: 9\r\n') }],
    ],
    ['an incomplete one', B.slice(0, -1), []],
  ])('%s, however cut', (_what, stream, expected) => {
    const bytes = Buffer.from(stream, 'latin1');
    expect(frames(bytes, [])).toEqual(expected);
    for (let cut = 1; cut < bytes.length; cut++) expect(frames(bytes, [cut])).toEqual(expected);
    expect(frames(bytes, [...bytes.keys()])).toEqual(expected);
  });

  it.each<[what: string, stream: string, code: string]>([
    ['no Content-Length', 'X sip:h SIP/2.0\r\nVia: x\r\n\r\n', 'content-length-missing'],
    ['a start line only', 'X sip:h SIP/2.0\r\n\r\n', 'content-length-missing'],
    ['a negative one', 'X sip:h SIP/2.0\r\nContent-Length: -1\r\n\r\n', 'content-length-malformed'],
    ['an empty one', 'X sip:h SIP/2.0\r\nl:\r\n\r\n', 'content-length-malformed'],
    ['one without colon', 'X sip:h SIP/2.0\r\nContent-Length 5\r\n\r\n', 'content-length-malformed'],
    ['a sum of two', 'X sip:h SIP/2.0\r\nl: 1, 1\r\n\r\n', 'content-length-malformed'],
    ['two', 'X sip:h SIP/2.0\r\nl: 0\r\nContent-Length: 0\r\n\r\n', 'content-length-repeated'],
    ['one beyond the limit', 'X sip:h SIP/2.0\r\nl: 65536\r\n\r\n', 'message-too-large'],
    ['an astronomic one', `X sip:h SIP/2.0\r\nl: ${'9'.repeat(50)}\r\n\r\n`, 'content-length-malformed'],
    ['headers without end', `X sip:h SIP/2.0\r\nX: ${'a'.repeat(70_000)}`, 'headers-too-large'],
  ])('%s is an error, however cut', (_what, stream, code) => {
    const bytes = Buffer.from(stream, 'latin1');
    const [error] = frames(bytes, []);
    expect(error).toMatchObject({ kind: 'error', code });
    expect(error).toSatisfy((frame: Frame) => frame.kind === 'error' && frame.offset <= frame.head.length);
    const step = Math.ceil(bytes.length / 200);
    for (let cut = 1; cut < bytes.length; cut += step) expect(frames(bytes, [cut])).toEqual([error]);
  });

  it('headers end at the limit, not one byte later', () => {
    const limit = message('').length;
    const bytes = Buffer.from(message(''));
    expect(frames(bytes, [], { maxMessageBytes: limit })).toMatchObject([{ kind: 'message' }]);
    expect(frames(bytes, [], { maxMessageBytes: limit - 1 })).toMatchObject([
      { kind: 'error', code: 'headers-too-large' },
    ]);
    expect(frames(bytes, [], { maxMessageBytes: 1000, maxHeaderBytes: limit - 1 })).toMatchObject([
      { code: 'headers-too-large' },
    ]);
  });

  it('the side that sends pings takes each CRLF for a pong, at once', () => {
    expect(frames(Buffer.from('\r\n'), [1], { ...OPTIONS, expects: 'pong' })).toEqual([{ kind: 'pong' }]);
    expect(frames(Buffer.from('\r\n\r\n'), [2], { ...OPTIONS, expects: 'pong' })).toEqual([
      { kind: 'pong' },
      { kind: 'pong' },
    ]);
    expect(frames(Buffer.from('\r\n'), [1])).toEqual([]);
  });

  it('gives its memory back between messages, and no byte of one', () => {
    const framer = new StreamFramer(OPTIONS);
    const bytes = Buffer.from(message('hello'));
    const seen = [...bytes, ...bytes].map((byte) => {
      framer.release();
      framer.push(Buffer.from([byte]));
      framer.release();
      return framer.next();
    });
    const whole = { kind: 'message', raw: message('hello') };
    expect(seen.filter((frame) => frame.kind !== 'incomplete')).toEqual([whole, whole]);
    expect(framer.pendingBytes).toBe(0);
  });

  it('end is an error inside a message only', () => {
    const framer = new StreamFramer(OPTIONS);
    expect(framer.end()).toEqual({ kind: 'incomplete' });
    framer.push(Buffer.from('\r\n'));
    framer.next();
    expect(framer.end()).toEqual({ kind: 'incomplete' });
    framer.push(Buffer.from('INVITE'));
    expect(framer.end()).toMatchObject({ kind: 'error', code: 'truncated', head: '\r\nINVITE' });
  });
});

it('every torture message that a stream can carry is framed the same, cut at every byte', () => {
  for (const file of readdirSync(TORTURE)) {
    const bytes = readFileSync(new URL(file, TORTURE));
    const whole = frames(bytes, []);
    for (let cut = 1; cut < bytes.length; cut++) expect(frames(bytes, [cut]), `${file} at ${cut}`).toEqual(whole);
  }
});

it('any cutting of any sequence of messages and keepalives gives the same frames', () => {
  const piece = constantFrom(message(''), message('a'.repeat(300)), message('\r\n\r\n'), '\r\n\r\n');
  assert(
    property(
      array(piece, { maxLength: 12 }),
      array(integer({ min: 0, max: 3000 }), { maxLength: 30 }),
      (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''), 'latin1');
        const expected = pieces.map((raw) => (raw === '\r\n\r\n' ? { kind: 'ping' } : { kind: 'message', raw }));
        expect(
          frames(
            bytes,
            [...new Set(cuts)].sort((a, b) => a - b),
          ),
        ).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});

it('bytes that come one by one cost no more than linear work', () => {
  const cost = (bodyBytes: number): number => {
    const bytes = Buffer.from(message('x'.repeat(bodyBytes), `X: ${'y'.repeat(bodyBytes)}\r\n`));
    const framer = new StreamFramer({ maxMessageBytes: 10_000_000, maxHeaderBytes: 10_000_000 });
    const start = performance.now();
    for (let i = 0; i < bytes.length; i++) {
      framer.push(bytes.subarray(i, i + 1));
      if (framer.next().kind === 'message') return performance.now() - start;
    }
    throw new Error('no message');
  };
  cost(20_000);
  // The quickest of several runs: other work on the machine only ever adds time.
  const least = (bodyBytes: number): number => Math.min(cost(bodyBytes), cost(bodyBytes), cost(bodyBytes));
  const small = least(50_000);
  const large = least(400_000);
  // Eight times the bytes; quadratic work would take sixty-four times as long.
  expect(large).toBeLessThan(small * 32);
});
