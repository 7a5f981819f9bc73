import { describe, expect, it } from 'vitest';
import { isStun, stunAnswer } from './stun.js';

const fromHex = (hex: string): string => Buffer.from(hex.replace(/\s/g, ''), 'hex').toString('latin1');
const toHex = (raw: string | undefined): string => Buffer.from(raw ?? '', 'latin1').toString('hex');

/** RFC 5769 §2.1: a request with short-term credentials, of ICE. */
const sampleRequest = fromHex(`
  00 01 00 58 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae
  80 22 00 10 53 54 55 4e 20 74 65 73 74 20 63 6c 69 65 6e 74
  00 24 00 04 6e 00 01 ff
  80 29 00 08 93 2f f9 b1 51 26 3b 36
  00 06 00 09 65 76 74 6a 3a 68 36 76 59 20 20 20
  00 08 00 14 9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2
  80 28 00 04 e5 7a 3b cf`);

/** RFC 5769 §2.4: a request with long-term credentials. */
const longTermRequest = fromHex(`
  00 01 00 60 21 12 a4 42 78 ad 34 33 c6 ad 72 c0 29 da 41 2e
  00 06 00 12 e3 83 9e e3 83 88 e3 83 aa e3 83 83 e3 82 af e3 82 b9 00 00
  00 15 00 1c 66 2f 2f 34 39 39 6b 39 35 34 64 36 4f 4c 33 34 6f 4c 39 46 53 54 76 79 36 34 73 41
  00 14 00 0b 65 78 61 6d 70 6c 65 2e 6f 72 67 00
  00 08 00 14 f6 70 24 65 6d d6 4a 3e 02 b8 e0 71 2e 85 c9 a2 8c a8 96 66`);

const transaction = 'b7e7a701bc34d686fa87dfae';
const plain = fromHex(`0001 0000 2112a442 ${transaction}`);

/** A binding request with these attributes. */
function request(attributes: string): string {
  const body = fromHex(attributes);
  return fromHex(`0001 ${body.length.toString(16).padStart(4, '0')} 2112a442 ${transaction}`) + body;
}

describe('the answer to a binding request', () => {
  it('has the address as in RFC 5769 §2.2', () => {
    const answer = stunAnswer(plain, { host: '192.0.2.1', port: 32_853 });
    expect(toHex(answer)).toBe(`0101000c2112a442${transaction}002000080001a147e112a643`);
  });

  it('has the address as in RFC 5769 §2.3', () => {
    const answer = stunAnswer(plain, { host: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 });
    expect(toHex(answer)).toBe(`010100182112a442${transaction}002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9`);
  });

  it.each(['::1', '2001:db8::', '1:2:3:4:5:6:7:8', '::'])('has IPv6 %s', (host) => {
    const answer = stunAnswer(plain, { host, port: 1 }) ?? '';
    const bytes = Buffer.from(answer, 'latin1').subarray(28);
    const key = Buffer.from(`2112a442${transaction}`, 'hex');
    const groups = bytes.map((byte, at) => byte ^ (key[at] ?? 0));
    const text = Buffer.from(groups)
      .toString('hex')
      .replace(/(....)(?!$)/g, '$1:');
    expect(new URL(`http://[${text}]`).hostname).toBe(`[${host}]`);
  });

  it('to the request of RFC 5769 §2.1 says what is not comprehended, with the right fingerprint', () => {
    const answer = stunAnswer(sampleRequest, { host: '192.0.2.1', port: 32_853 });
    // 420 and PRIORITY, then the CRC that the same function gives RFC 5769's own request.
    expect(toHex(answer)).toMatch(
      new RegExp(
        `^0111002c2112a442${transaction}0009001500000414[0-9a-f]{34}000000000a00020024000080280004[0-9a-f]{8}$`.replace(
          ' ',
          '',
        ),
      ),
    );
  });

  it('to the request of RFC 5769 §2.4 ignores its credentials', () => {
    const answer = stunAnswer(longTermRequest, { host: '192.0.2.1', port: 32_853 });
    expect(toHex(answer)).toMatch(/^0101000c2112a44278ad3433c6ad72c029da412e0020/);
  });

  it('is the same fingerprint algorithm as that of RFC 5769 §2.1', () => {
    const wrong = `${sampleRequest.slice(0, -1)}\xce`;
    expect(stunAnswer(wrong, { host: '192.0.2.1', port: 1 })).toBeUndefined();
    expect(stunAnswer(sampleRequest, { host: '192.0.2.1', port: 1 })).toBeDefined();
  });

  it('is no longer than needed, however many attributes are unknown', () => {
    const answer = stunAnswer(request('00700000 00710000 00720000 00730000 00740000 00750000'), {
      host: '192.0.2.1',
      port: 1,
    });
    expect(toHex(answer)).toMatch(/000a00080070007100720073$/);
  });
});

describe('what is not answered', () => {
  it.each([
    ['an indication', fromHex(`0011 0000 2112a442 ${transaction}`)],
    ['a response', fromHex(`0101 0000 2112a442 ${transaction}`)],
    ['another method', fromHex(`0003 0000 2112a442 ${transaction}`)],
    ['a length that is too long', fromHex(`0001 0004 2112a442 ${transaction}`)],
    ['a length that is too short', `${plain}\0\0\0\0`],
    ['an odd length', `${fromHex(`0001 0003 2112a442 ${transaction}`)}\0\0\0`],
    ['an attribute beyond the end', request('80220008 00000000')],
    ['something behind the fingerprint', request('80280004 00000000 80220000')],
    ['a fingerprint that is too short', request('80280000')],
  ])('%s', (_what, raw) => {
    expect(isStun(raw)).toBe(true);
    expect(stunAnswer(raw, { host: '192.0.2.1', port: 1 })).toBeUndefined();
  });
});

describe('a datagram is STUN', () => {
  it.each([
    [plain, true],
    [sampleRequest, true],
    [plain.slice(0, 19), false],
    [fromHex(`0001 0000 2112a443 ${transaction}`), false],
    [`OPTI${fromHex('2112a442')}${'x'.repeat(20)}`, false],
    ['OPTIONS sip:a SIP/2.0\r\n', false],
    ['\r\n\r\nOPTIONS sip:a SIP/2.0\r\n', false],
    ['', false],
  ])('%j: %s', (raw, expected) => {
    expect(isStun(raw)).toBe(expected);
  });
});
