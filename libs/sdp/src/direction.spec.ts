import { describe, expect, it } from 'vitest';
import { answerDirection, type Direction, directionOf, isHeld, withDirection } from './direction.js';
import { parseSession } from './parse.js';
import type { MediaDescription, SessionDescription } from './session-description.js';

function described(address: string, sessionLines: readonly string[], mediaLines: readonly string[], port = 4000) {
  const type = address.includes(':') ? 'IP6' : 'IP4';
  const session = parseSession(
    [
      'v=0',
      `o=- 1 1 IN ${type} ${address}`,
      's=-',
      `c=IN ${type} ${address}`,
      't=0 0',
      ...sessionLines,
      `m=audio ${port} RTP/AVP 0`,
      ...mediaLines,
    ].join('\r\n'),
  ) as SessionDescription;
  return { session, media: session.media[0] as MediaDescription };
}

describe('directionOf and isHeld (RFC 3264 §5.1, §8.4)', () => {
  it.each<[string, string, readonly string[], readonly string[], Direction, boolean]>([
    ['nothing said', '192.0.2.1', [], [], 'sendrecv', false],
    ['sendrecv', '192.0.2.1', [], ['a=sendrecv'], 'sendrecv', false],
    ['sendonly', '192.0.2.1', [], ['a=sendonly'], 'sendonly', true],
    ['inactive', '192.0.2.1', [], ['a=inactive'], 'inactive', true],
    ['recvonly', '192.0.2.1', [], ['a=recvonly'], 'recvonly', false],
    ['the session’s', '192.0.2.1', ['a=inactive'], [], 'inactive', true],
    ['the stream’s over the session’s', '192.0.2.1', ['a=sendonly'], ['a=sendrecv'], 'sendrecv', false],
    ['the unspecified IPv4 address', '0.0.0.0', [], [], 'sendrecv', true],
    ['the unspecified IPv6 address', '::', [], [], 'sendrecv', true],
    ['an own address under an unspecified one', '0.0.0.0', [], ['c=IN IP4 192.0.2.1'], 'sendrecv', false],
    ['an unspecified address of the stream', '192.0.2.1', [], ['c=IN IP4 0.0.0.0'], 'sendrecv', true],
  ])('%s', (_, address, sessionLines, mediaLines, direction, held) => {
    const { session, media } = described(address, sessionLines, mediaLines);
    expect(directionOf(session, media)).toBe(direction);
    expect(isHeld(session, media)).toBe(held);
  });

  it('a rejected stream is not held', () => {
    const { session, media } = described('192.0.2.1', [], ['a=sendonly'], 0);
    expect(isHeld(session, media)).toBe(false);
  });
});

describe('answerDirection (RFC 3264 §6.1)', () => {
  it.each<[Direction, Direction, Direction]>([
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendrecv', 'sendonly', 'sendonly'],
    ['sendrecv', 'recvonly', 'recvonly'],
    ['sendrecv', 'inactive', 'inactive'],
    ['sendonly', 'sendrecv', 'recvonly'],
    ['sendonly', 'sendonly', 'inactive'],
    ['sendonly', 'recvonly', 'recvonly'],
    ['sendonly', 'inactive', 'inactive'],
    ['recvonly', 'sendrecv', 'sendonly'],
    ['recvonly', 'sendonly', 'sendonly'],
    ['recvonly', 'recvonly', 'inactive'],
    ['recvonly', 'inactive', 'inactive'],
    ['inactive', 'sendrecv', 'inactive'],
    ['inactive', 'sendonly', 'inactive'],
    ['inactive', 'recvonly', 'inactive'],
    ['inactive', 'inactive', 'inactive'],
  ])('offered %s, wanted %s: %s', (offered, wanted, expected) => {
    expect(answerDirection(offered, wanted)).toBe(expected);
  });
});

it('withDirection leaves one direction', () => {
  const attributes = ['ptime', 'sendonly', 'inactive'].map((name) => ({ name, value: undefined }));
  expect(withDirection(attributes, 'recvonly').map(({ name }) => name)).toEqual(['ptime', 'recvonly']);
});
