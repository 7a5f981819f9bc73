import { describe, expect, it } from 'vitest';
import { type ProxyHeader, readProxyHeader } from './proxy-header.js';

const v2 = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

/** A header of version 2 with these bytes after the signature. */
function second(versionAndCommand: number, family: number, rest: Buffer, length = rest.length): Buffer {
  const fixed = Buffer.from([versionAndCommand, family, length >> 8, length & 255]);
  return Buffer.concat([v2, fixed, rest]);
}

const ipv4 = Buffer.from([192, 0, 2, 1, 198, 51, 100, 2, 0x30, 0x39, 0x13, 0xc4]);
const ipv6 = Buffer.from(`20010db8${'0'.repeat(23)}1${'20010db8'.padEnd(31, '0')}2303913c4`, 'hex');
const mapped = Buffer.from(`${'0'.repeat(20)}ffffc0000201${'0'.repeat(20)}ffffc0000202303913c4`, 'hex');
const tlvs = Buffer.from('04000301020320000501020304', 'hex');
const line = (text: string): Buffer => Buffer.from(text, 'latin1');

const longest = `PROXY TCP6 ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`;

describe('a header of the PROXY protocol', () => {
  it.each<[what: string, header: Buffer, source: { host: string; port: number } | undefined]>([
    ['TCP4', line('PROXY TCP4 192.0.2.1 198.51.100.2 12345 5060\r\n'), { host: '192.0.2.1', port: 12_345 }],
    ['TCP6', line('PROXY TCP6 2001:DB8:0::1 2001:db8::2 12345 5060\r\n'), { host: '2001:db8::1', port: 12_345 }],
    ['TCP6 for IPv4', line('PROXY TCP6 ::ffff:192.0.2.1 ::1 12345 5060\r\n'), { host: '192.0.2.1', port: 12_345 }],
    ['TCP6 with a zone', line('PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n'), { host: 'fe80::1%eth0', port: 1 }],
    ['the longest line', line(longest), { host: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', port: 65_535 }],
    ['UNKNOWN', line('PROXY UNKNOWN\r\n'), undefined],
    ['UNKNOWN with more', line('PROXY UNKNOWN ffff::1 whatever stands here\r\n'), undefined],
    ['version 2, IPv4', second(0x21, 0x11, ipv4), { host: '192.0.2.1', port: 12_345 }],
    ['version 2, IPv4 with TLVs', second(0x21, 0x11, Buffer.concat([ipv4, tlvs])), { host: '192.0.2.1', port: 12_345 }],
    ['version 2, IPv6', second(0x21, 0x21, ipv6), { host: '2001:db8::1', port: 12_345 }],
    ['version 2, IPv6 for IPv4', second(0x21, 0x21, mapped), { host: '192.0.2.1', port: 12_345 }],
    ['version 2, LOCAL', second(0x20, 0x00, Buffer.alloc(0)), undefined],
    ['version 2, LOCAL with addresses', second(0x20, 0x11, ipv4), undefined],
    ['version 2, UNSPEC', second(0x21, 0x00, tlvs), undefined],
    ['version 2, a Unix socket', second(0x21, 0x31, Buffer.alloc(216)), undefined],
  ])('%s, however it is cut', (_what, header, source) => {
    const expected: ProxyHeader = { kind: 'header', bytes: header.length, source };
    expect(readProxyHeader(header)).toEqual(expected);
    expect(readProxyHeader(Buffer.concat([header, line('OPTIONS')]))).toEqual(expected);
    for (let bytes = 0; bytes < header.length; bytes += 1)
      expect(readProxyHeader(header.subarray(0, bytes)), `${bytes} bytes`).toEqual({ kind: 'incomplete' });
  });

  it.each<[what: string, bytes: Buffer]>([
    ['a SIP message', line('O')],
    ['a TLS handshake', Buffer.from([0x16, 0x03])],
    ['small letters', line('proxy')],
    ['two spaces', line('PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n')],
    ['no protocol', line('PROXY \r\n')],
    ['another protocol', line('PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n')],
    ['too few parts', line('PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n')],
    ['too many parts', line('PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n')],
    ['a bad source', line('PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n')],
    ['a bad destination', line('PROXY TCP4 192.0.2.1 host 1 2\r\n')],
    ['the other family', line('PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n')],
    ['a port with a zero before it', line('PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n')],
    ['a port that is none', line('PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n')],
    ['a negative port', line('PROXY TCP4 192.0.2.1 192.0.2.2 1 -2\r\n')],
    ['a line end without CR', line(`PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n${'x'.repeat(100)}`)],
    ['a line without end', line('PROXY UNKNOWN '.padEnd(107, 'x'))],
    ['another signature', Buffer.from('0d0a0d0a000d0a515549540b', 'hex')],
    ['version 3', second(0x31, 0x11, ipv4)],
    ['command 2', second(0x22, 0x11, ipv4)],
    ['family 4', second(0x21, 0x41, ipv4)],
    ['protocol 3', second(0x21, 0x13, ipv4)],
    ['UDP', second(0x21, 0x12, ipv4)],
    ['a length below its addresses', second(0x21, 0x11, ipv4.subarray(0, 11))],
    ['a length below its IPv6 addresses', second(0x21, 0x21, ipv6.subarray(0, 35))],
    ['a length that nobody needs', second(0x21, 0x11, ipv4, 60_000)],
  ])('is not %s', (_what, bytes) => {
    expect(readProxyHeader(bytes)).toMatchObject({ kind: 'malformed' });
  });
});
