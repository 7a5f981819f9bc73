import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editSession, type SessionEdit } from './edit.js';
import { parseSession } from './parse.js';

const anchor = { addressType: 'IP4', address: '203.0.113.9', ttl: undefined, addressCount: undefined } as const;
const OFFER = [
  'v=0',
  'o=alice 1 41 IN IP4 192.0.2.1',
  's= odd  name ',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'a=x-vendor:keep  this',
  'm=audio 4000/2 RTP/AVP 0  8',
  'a=sendonly',
  'a=rtcp:4001',
  'm=video 4002 RTP/AVP 96',
  'c=IN IP4 192.0.2.7',
  'c=IN IP4 192.0.2.8',
  'a=rtpmap:96 VP8/90000',
];

describe('editSession changes its lines and nothing else', () => {
  it.each<[string, (edit: SessionEdit) => unknown, (lines: string[]) => unknown]>([
    ['nothing', () => undefined, () => undefined],
    [
      'the session’s address',
      (edit) => edit.connection('session', anchor),
      (lines) => lines.splice(3, 1, 'c=IN IP4 203.0.113.9'),
    ],
    [
      'an address that a stream did not have',
      (edit) => edit.connection(0, anchor),
      (lines) => lines.splice(7, 0, 'c=IN IP4 203.0.113.9'),
    ],
    [
      'a stream’s addresses',
      (edit) => edit.connection(1, anchor),
      (lines) => lines.splice(10, 2, 'c=IN IP4 203.0.113.9'),
    ],
    [
      'a port, not its count',
      (edit) => edit.mediaPort(0, 30_000),
      (lines) => lines.splice(6, 1, 'm=audio 30000/2 RTP/AVP 0  8'),
    ],
    ['an attribute', (edit) => edit.attribute(0, 'rtcp', '30001'), (lines) => lines.splice(8, 1, 'a=rtcp:30001')],
    [
      'an attribute that was not there',
      (edit) => edit.attribute(1, 'inactive', undefined),
      (lines) => lines.push('a=inactive'),
    ],
    [
      'a session attribute that was not there',
      (edit) => edit.attribute('session', 'ice-lite', undefined),
      (lines) => lines.splice(6, 0, 'a=ice-lite'),
    ],
    ['one more of a name', (edit) => edit.addAttribute(0, 'rtcp', '9'), (lines) => lines.splice(9, 0, 'a=rtcp:9')],
    [
      'an attribute away, not one whose name begins like it',
      (edit) => edit.removeAttribute(0, 'rtc').removeAttribute(0, 'sendonly'),
      (lines) => lines.splice(7, 1),
    ],
    ['the version', (edit) => edit.nextVersion(), (lines) => lines.splice(1, 1, 'o=alice 1 42 IN IP4 192.0.2.1')],
  ])('%s', (_, change, expectChange) => {
    for (const ending of ['\r\n', '\n']) {
      for (const last of [ending, '']) {
        const edit = editSession(OFFER.join(ending) + last);
        change(edit);
        const lines = [...OFFER];
        expectChange(lines);
        const text = edit.toString();
        expect(text.endsWith(ending) ? text : text + ending).toBe(lines.join(ending) + ending);
        expect(parseSession(text).kind).toBe('session');
      }
    }
  });

  it('adds a session address behind the lines that come before it', () => {
    const text = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nb=AS:9\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n';
    expect(editSession(text).connection('session', anchor).toString()).toBe(
      text.replace('s=-\r\n', 's=-\r\nc=IN IP4 203.0.113.9\r\n'),
    );
  });

  it('gives any text back unchanged', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('v=0', 'm=audio 1 RTP/AVP 0', 'a=x', '', 'junk', '\r', '\n', '\r\n'), {
          maxLength: 20,
        }),
        (pieces) => {
          const text = pieces.join('');
          expect(editSession(text).toString()).toBe(text);
        },
      ),
    );
  });

  it('counts media descriptions, and throws for one that is not there', () => {
    expect(editSession(OFFER.join('\n')).mediaCount).toBe(2);
    expect(() => editSession(OFFER.join('\n')).mediaPort(2, 1)).toThrow(/has 2 media descriptions/);
  });
});
