import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { certificateNames, isCertifiedFor } from './certificate-names.js';
import { TestAuthority } from './testing/test-authority.js';

const authority = await TestAuthority.open();

describe('the names of a certificate', () => {
  it.each([
    { names: ['sip.example.com'], read: ['sip.example.com'] },
    { names: ['SIP.Example.COM', 'sip:Example.com'], read: ['sip.example.com', 'sip:example.com'] },
    { names: ['192.0.2.1', '2001:db8::1'], read: ['192.0.2.1', '2001:db8::1'] },
    // Two names in one must not become two.
    { names: ['sip:a.example.com, DNS:victim.example.com'], read: ['sip:a.example.com, dns:victim.example.com'] },
    { names: ['sip:"a.example.com'], read: ['sip:"a.example.com'] },
    { names: [], read: [] },
  ])('are $read', async ({ names, read }) => {
    const { certPem } = await authority.issue(names);
    expect(certificateNames(new X509Certificate(certPem))).toEqual(read);
  });
});

describe('a certificate', () => {
  it.each<[names: readonly string[], domain: string, fits: boolean]>([
    [['example.com'], 'example.com', true],
    [['example.com'], 'EXAMPLE.com.', true],
    [['example.com'], 'sip.example.com', false],
    [['sip.example.com'], 'example.com', false],
    [['sip:example.com'], 'example.com', true],
    [['sip:example.com:5061'], 'example.com', true],
    [['sip:example.com;transport=tls'], 'example.com', true],
    // RFC 5922 §7.1: a user is no domain; DNS names count only where no SIP URI does.
    [['sip:alice@example.com'], 'example.com', false],
    [['sip:alice@example.com', 'example.com'], 'example.com', true],
    [['sip:a.example.com', 'b.example.com'], 'a.example.com', true],
    [['sip:a.example.com', 'b.example.com'], 'b.example.com', false],
    [['sips:example.com'], 'example.com', false],
    [['https://example.com'], 'example.com', false],
    [['sip:a.example.com, dns:victim.example.com'], 'victim.example.com', false],
    // §7.2: no wildcards.
    [['*.example.com'], 'sip.example.com', false],
    [['*.example.com'], '*.example.com', false],
    [['192.0.2.1'], '192.0.2.1', true],
    [['192.0.2.1'], '192.0.2.2', false],
    [['2001:db8::1'], '[2001:DB8:0::1]', true],
    [['sip:example.com', '192.0.2.1'], '192.0.2.1', true],
    [['sip:192.0.2.1'], '192.0.2.1', true],
    [['sip:[2001:db8::1]'], '2001:db8::1', true],
    [[], 'example.com', false],
    [['sip:example.com'], 'fe80::1%eth0', false],
    [[], '', false],
  ])('for %j stands for %s: %s', (names, domain, fits) => {
    expect(isCertifiedFor(names, domain)).toBe(fits);
  });
});
