import type { Parsed } from '@ringdown/platform/commands';
import { describe, expect, it } from 'vitest';
import { parseDomainName } from './domain-name.js';
import { parseE164, parseNumberPrefix } from './e164.js';
import { addressOfRecordOf, canonicalIdentities, parseIdentity } from './identity.js';
import { parseRouteId, parseTenantId } from './tenant-id.js';
import { parsePassword, parseUsername } from './username.js';

function read<T>(result: Parsed<T>): T | undefined {
  return result.ok ? result.value : undefined;
}

describe('parseTenantId', () => {
  it.each(['a', 'acme', 'a-1', '0', 'a'.repeat(63)])('reads %s', (text) => {
    expect(read(parseTenantId(text))).toBe(text);
    expect(read(parseRouteId(text))).toBe(text);
  });
  it.each(['', '-a', 'a-', 'A', 'a.b', 'a*', 'a b', '_platform', 'ä', 'a'.repeat(64), 'a\n'])('refuses %j', (text) => {
    expect(parseTenantId(text)).toEqual({ ok: false, detail: expect.stringContaining('must be') });
  });
});

describe('parseDomainName', () => {
  it.each([
    ['example.com', 'example.com'],
    ['SIP.Example.COM.', 'sip.example.com'],
    ['localhost', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['1and1.example', '1and1.example'],
    ['[::1]', '[::1]'],
    ['[2001:DB8:0:0:0:0:0:1]', '[2001:db8::1]'],
    ['[::ffff:192.0.2.1]', '[::ffff:c000:201]'],
  ])('reads %s as %s', (text, canonical) => expect(read(parseDomainName(text))).toBe(canonical));

  it.each([
    '',
    '.',
    'a..b',
    '.a',
    '-a.example',
    'a-.example',
    'under_score.example',
    'bücher.example',
    'a b',
    '256.0.0.1',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    'example.1',
    '::1',
    '[::1',
    '[::g]',
    '[1:2]',
    'a/b',
    'a@b',
    'a:5060',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}com`,
  ])('refuses %j', (text) => expect(parseDomainName(text).ok).toBe(false));
});

describe('parseUsername', () => {
  it.each(['alice', 'Alice', '1001', 'a.b-c_d', '*43', "o'neil", '(x)', '&=+$,;?/', 'a'.repeat(64)])(
    'reads %s as it is',
    (text) => {
      expect(read(parseUsername(text))).toBe(text);
    },
  );
  it.each(['', 'a:b', 'a@b', 'a b', 'a"b', 'a%20', '<a>', 'a#b', 'ä', 'a\u0000', 'a'.repeat(65)])(
    'refuses %j',
    (text) => {
      expect(parseUsername(text).ok).toBe(false);
    },
  );
});

describe('parsePassword', () => {
  it.each([' ', 'a:b', 'пароль', '"', '\u{1f511}', 'a'.repeat(128)])('takes %j', (text) =>
    expect(read(parsePassword(text))).toBe(text),
  );
  it.each(['', 'a\tb', 'a\nb', '\u007f', '\ufffd', 'a'.repeat(129)])('refuses %j', (text) =>
    expect(parsePassword(text).ok).toBe(false),
  );
});

describe('parseE164', () => {
  it.each([
    ['+493012345', '+493012345'],
    ['+49 (30) 123-45', '+493012345'],
    ['tel:+1-201-555-0123', '+12015550123'],
    ['+123456789012345', '+123456789012345'],
  ])('reads %s as %s', (text, number) => expect(read(parseE164(text))).toBe(number));
  it.each(['', '+', '+0123', '030123', '49301', '+1234567890123456', '+49x', '+1', 'sip:+4930@a', '++49'])(
    'refuses %j',
    (text) => {
      expect(parseE164(text).ok).toBe(false);
    },
  );
});

describe('parseNumberPrefix', () => {
  it.each([
    ['+', '+'],
    ['+4', '+4'],
    ['+49 30', '+4930'],
  ])('reads %s as %s', (text, prefix) => expect(read(parseNumberPrefix(text))).toBe(prefix));
  it.each(['', '49', '+0', '+49*', '+1234567890123456'])('refuses %j', (text) =>
    expect(parseNumberPrefix(text).ok).toBe(false),
  );
});

describe('parseIdentity', () => {
  it.each([
    ['sip:alice@example.com', 'alice', 'example.com'],
    ['SIPS:Alice@EXAMPLE.com', 'Alice', 'example.com'],
    // RFC 3261 §10.3 step 5: escapes that needn't be are undone.
    ['sip:%61lice@example.com', 'alice', 'example.com'],
    ['sip:a%23b%c3@example.com', 'a%23b%C3', 'example.com'],
    ['sip:+4930@[::1]', '+4930', '[::1]'],
  ])('reads %s', (text, user, host) => expect(read(parseIdentity(text))).toEqual({ user, host }));

  it.each([
    'alice',
    'sip:example.com',
    'sip:alice@',
    'sip:alice:pw@example.com',
    'sip:alice@example.com:5060',
    'sip:alice@example.com;transport=tcp',
    'sip:alice@example.com?x=y',
    'sip:a%2@example.com',
    'sip:a b@example.com',
    'sip:a@b@example.com',
    'tel:+4930',
    '<sip:alice@example.com>',
  ])('refuses %s', (text) => expect(parseIdentity(text).ok).toBe(false));
});

describe('canonicalIdentities', () => {
  const canonical = read(parseDomainName('acme.example'))!;
  const own = addressOfRecordOf(read(parseUsername('alice'))!, canonical);
  const domains = new Set(['acme.example', 'alias.example']);
  const written = (...texts: string[]) => texts.map((text) => read(parseIdentity(text))!);

  it('puts the own one first, aliases under the canonical domain, and each once', () => {
    const identities = canonicalIdentities(
      own,
      written('sip:sales@alias.example', 'sip:alice@alias.example', 'sip:sales@acme.example'),
      canonical,
      domains,
    );
    expect(read(identities)).toEqual(['sip:alice@acme.example', 'sip:sales@acme.example']);
  });

  it("refuses what is at nobody's or somebody else's domain", () => {
    const result = canonicalIdentities(own, written('sip:sales@other.example'), canonical, domains);
    expect(result).toEqual({ ok: false, detail: 'sip:sales@other.example is at no domain of this tenant' });
  });
});
