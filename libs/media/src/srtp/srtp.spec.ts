import { describe, expect, it } from 'vitest';
import { AeadGcmRtcp, AeadGcmRtp } from './aead-gcm.js';
import { HmacSha1 } from './hmac-sha1.js';
import { deriveSessionKeys } from './key-derivation.js';
import { MAX_SOURCES } from './refusal.js';
import { SrtpReceiver } from './srtp-receiver.js';
import { SrtpSender } from './srtp-sender.js';
import { SRTP_SUITES, type SrtpSuite } from './suite.js';
import { keyAndSaltBytes } from './transforms.js';

const SUITES = Object.keys(SRTP_SUITES) as SrtpSuite[];
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const text = (bytes: Uint8Array, length = bytes.length): string =>
  Buffer.from(bytes.subarray(0, length)).toString('hex');
const key = (suite: SrtpSuite, seed = 1): Uint8Array =>
  Uint8Array.from({ length: keyAndSaltBytes(suite) }, (_, i) => (i * 37 + seed) & 0xff);

/** A packet in memory with room behind it. */
function memory(packet: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(packet.length + 32);
  bytes.set(packet);
  return bytes;
}

function rtp(sequence: number, options: { ssrc?: number; payload?: number; first?: string } = {}): Uint8Array {
  const { ssrc = 0xcafebabe, payload = 160, first = '80' } = options;
  const cc = (hex(first)[0] as number) & 0x0f;
  const extension = ((hex(first)[0] as number) & 0x10) === 0 ? '' : 'bede0001 10203040';
  const head = `${first}00 ${sequence.toString(16).padStart(4, '0')} 00000a00 ${ssrc.toString(16).padStart(8, '0')}`;
  const header = hex(`${head}${'11223344'.repeat(cc)}${extension}`);
  return Uint8Array.of(...header, ...Uint8Array.from({ length: payload }, (_, i) => (sequence + i * 3) & 0xff));
}

function rtcp(ssrc = 0xcafebabe): Uint8Array {
  return hex(`80c80006 ${ssrc.toString(16).padStart(8, '0')} 0102030405060708 00000a00 00000001 000000a0`);
}

function sealed(sender: SrtpSender, packet: Uint8Array, kind: 'Rtp' | 'Rtcp' = 'Rtp'): Uint8Array {
  const bytes = memory(packet);
  const length = sender[`protect${kind}`](bytes, packet.length);
  if (typeof length === 'string') throw new Error(length);
  return bytes.slice(0, length);
}

function opened(receiver: SrtpReceiver, packet: Uint8Array, kind: 'Rtp' | 'Rtcp' = 'Rtp'): Uint8Array | string {
  const bytes = packet.slice();
  const length = receiver[`unprotect${kind}`](bytes, bytes.length);
  if (typeof length !== 'string') return bytes.slice(0, length);
  if (text(bytes) !== text(packet)) throw new Error(`a packet that was refused (${length}) has changed`);
  return length;
}

describe('RFC 7714 16, 17: packets under session keys', () => {
  const salt = hex('51756964 2070726f 2071756f');
  const keys = (bytes: number) => ({
    encryption: Uint8Array.from({ length: bytes }, (_, i) => i),
    authentication: new Uint8Array(0),
    salt,
  });
  const rtpPacket = hex(
    '8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573',
  );
  const rtcpPacket = hex(
    '81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef',
  );
  const protectedRtp = {
    16: '8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833 899d7f27 beb16a91 52cf765e e4390cce',
    32: '8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b 7aa3db36 dfffd6b0 f9bb7878 d7a76c13',
  };
  it.each([16, 32] as const)('RTP with a key of %i bytes, both ways', (bytes) => {
    const transform = new AeadGcmRtp(keys(bytes));
    const packet = memory(rtpPacket);
    const expected = hex(protectedRtp[bytes]);
    const stream = transform.keyStream(0x5501a0b2);
    expect(text(packet, transform.seal(stream, packet, 12, rtpPacket.length, 0, 0xf17b))).toBe(text(expected));
    expect(text(packet, transform.open(stream, packet, 12, expected.length, 0, 0xf17b))).toBe(text(rtpPacket));
  });

  const encrypted =
    '81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4';
  it('RTCP, encrypted and tagged, both ways', () => {
    const transform = new AeadGcmRtcp(keys(16));
    const packet = memory(rtcpPacket);
    const stream = transform.keyStream(0x4d617273);
    expect(text(packet, transform.seal(stream, packet, 8, rtcpPacket.length, 0, 0x5d4))).toBe(text(hex(encrypted)));
    expect(text(packet, transform.open(stream, packet, 8, hex(encrypted).length, 0, 0x5d4))).toBe(text(rtcpPacket));
  });

  it('RTCP, only tagged: opened, and refused where a byte is another', () => {
    const transform = new AeadGcmRtcp(keys(16));
    const tagged = hex(`${text(rtcpPacket)} 841dd968 3dd78ec9 2ae58790 125f62b3 000005d4`);
    const stream = transform.keyStream(0x4d617273);
    for (let i = 0; i < tagged.length; i += 1) {
      const tampered = tagged.slice();
      tampered[i] = (tampered[i] as number) ^ 1;
      const before = text(tampered);
      expect(transform.open(stream, tampered, 8, tampered.length, 0, 0x5d4)).toBe(-1);
      expect(text(tampered)).toBe(before);
    }
    expect(text(tagged, transform.open(stream, tagged, 8, tagged.length, 0, 0x5d4))).toBe(text(rtcpPacket));
  });
});

describe('whole packets as libsrtp makes them', () => {
  const rtpPacket = hex(`800f1234 decafbad cafebabe ${'ab'.repeat(16)}`);
  const rtcpPacket = hex(`81c8000b cafebabe ${'ab'.repeat(16)}`);
  const table: readonly [SrtpSuite, string, string, string][] = [
    [
      'AES_CM_128_HMAC_SHA1_80',
      'e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6',
      '800f1234 decafbad cafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb',
      '81c8000b cafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798',
    ],
    [
      'AEAD_AES_128_GCM',
      '000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab',
      '800f1234 decafbad cafebabe c5002ede04cfdd2eb91159e0880aa06e d2976826f796b201df3131a127e8a392',
      '81c8000b cafebabe c98b8b5df0392a55852b6c21ac8e7025 c52c6fbea2b3b446ea31123ba88ce61e 80000001',
    ],
  ];
  it.each(table)('%s', (suite, keyAndSalt, protectedRtp, protectedRtcp) => {
    const sender = new SrtpSender(suite, hex(keyAndSalt));
    const receiver = new SrtpReceiver(suite, hex(keyAndSalt));
    expect(text(sealed(sender, rtpPacket))).toBe(text(hex(protectedRtp)));
    expect(opened(receiver, hex(protectedRtp))).toEqual(rtpPacket);
    // Its first packet has index 1.
    sealed(sender, rtcpPacket, 'Rtcp');
    expect(text(sealed(sender, rtcpPacket, 'Rtcp'))).toBe(text(hex(protectedRtcp)));
    expect(opened(receiver, hex(protectedRtcp), 'Rtcp')).toEqual(rtcpPacket);
  });
});

describe.each(SUITES)('%s', (suite) => {
  const overhead = SRTP_SUITES[suite].rtpTagBytes;

  it('opens what it protected: every payload length, CSRCs, extensions, several sources', () => {
    const sender = new SrtpSender(suite, key(suite));
    const receiver = new SrtpReceiver(suite, key(suite));
    for (let i = 0; i < 200; i += 1) {
      const first = ['80', '83', '90', '9f'][i % 4] as string;
      const packet = rtp(i, { ssrc: 0x1000 + (i % 3), payload: (i * 7) % 300, first });
      const wire = sealed(sender, packet);
      expect(wire.length).toBe(packet.length + overhead);
      expect(opened(receiver, wire)).toEqual(packet);
    }
    for (let i = 0; i < 5; i += 1) {
      const wire = sealed(sender, rtcp(0x1000 + (i % 2)), 'Rtcp');
      expect(wire.length).toBe(rtcp().length + sender.rtcpOverheadBytes);
      expect(text(wire).includes(text(rtcp().subarray(8)))).toBe(false);
      expect(opened(receiver, wire, 'Rtcp')).toEqual(rtcp(0x1000 + (i % 2)));
    }
  });

  it('refuses a packet of which any bit is another, leaves it as it came, and then takes the true one', () => {
    const sender = new SrtpSender(suite, key(suite));
    const receiver = new SrtpReceiver(suite, key(suite));
    expect(opened(receiver, sealed(sender, rtp(1)))).toEqual(rtp(1));
    for (const kind of ['Rtp', 'Rtcp'] as const) {
      const packet = kind === 'Rtp' ? rtp(2, { payload: 20, first: '91' }) : rtcp();
      const wire = sealed(sender, packet, kind);
      for (let bit = 0; bit < wire.length * 8; bit += 1) {
        const tampered = wire.slice();
        tampered[bit >> 3] = (tampered[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(opened(receiver, tampered, kind)).toBeTypeOf('string');
      }
      expect(opened(receiver, wire, kind)).toEqual(packet);
    }
  });

  it('refuses what it took before, and what is too old to tell', () => {
    const sender = new SrtpSender(suite, key(suite));
    const receiver = new SrtpReceiver(suite, key(suite));
    const wires = Array.from({ length: 300 }, (_, i) => sealed(sender, rtp(i)));
    expect(opened(receiver, wires[150] as Uint8Array)).toEqual(rtp(150));
    expect(opened(receiver, wires[150] as Uint8Array)).toBe('replay');
    expect(opened(receiver, wires[149] as Uint8Array)).toEqual(rtp(149));
    expect(opened(receiver, wires[299] as Uint8Array)).toEqual(rtp(299));
    expect(opened(receiver, wires[149] as Uint8Array)).toBe('replay');
    expect(opened(receiver, wires[10] as Uint8Array)).toBe('replay');
    const report = sealed(sender, rtcp(), 'Rtcp');
    expect(opened(receiver, report, 'Rtcp')).toEqual(rtcp());
    expect(opened(receiver, report, 'Rtcp')).toBe('replay');
  });

  it('follows roll-over, also with packets late and lost about it, for each source by itself', () => {
    const sender = new SrtpSender(suite, key(suite));
    const receiver = new SrtpReceiver(suite, key(suite));
    const wires = new Map<number, Uint8Array>();
    const packet = (n: number): Uint8Array => rtp(n & 0xffff, { payload: 20 });
    for (let n = 65_000; n < 65_536 + 40_000; n += 1) wires.set(n, sealed(sender, packet(n)));
    for (const n of [65_000, 65_535, 65_537, 65_534, 65_536, 65_700, 65_533, 90_000, 105_535]) {
      expect(opened(receiver, wires.get(n) as Uint8Array)).toEqual(packet(n));
    }
    const other = rtp(65_535, { ssrc: 7 });
    expect(opened(receiver, sealed(sender, other))).toEqual(other);
    expect(opened(receiver, sealed(sender, rtp(0, { ssrc: 7 })))).toEqual(rtp(0, { ssrc: 7 }));
  });

  it('refuses another key', () => {
    const wire = sealed(new SrtpSender(suite, key(suite)), rtp(1));
    const receiver = new SrtpReceiver(suite, key(suite, 2));
    expect(opened(receiver, wire)).toBe('authentication');
    expect(opened(receiver, sealed(new SrtpSender(suite, key(suite, 2)), rtp(1)))).toEqual(rtp(1));
  });

  it.each([
    ['nothing', ''],
    ['the shortest RTP less one byte', '80 00 0001 00000000 cafebabe 0000'],
    ['another version', `40 00 0001 00000000 cafebabe ${'00'.repeat(40)}`],
    ['CSRCs that reach into the tag', `8f 00 0001 00000000 cafebabe ${'00'.repeat(56)}`],
    ['an extension that reaches behind the packet', `90 00 0001 00000000 cafebabe bede0040 ${'00'.repeat(40)}`],
  ])('refuses %s', (_, bytes) => {
    expect(opened(new SrtpReceiver(suite, key(suite)), hex(bytes))).toBe('malformed');
  });

  it('takes garbage as RTP or RTCP for what it is', () => {
    const receiver = new SrtpReceiver(suite, key(suite));
    let random = 99;
    const next = (): number => (random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0) >>> 16;
    for (let round = 0; round < 2000; round += 1) {
      const garbage = Uint8Array.from({ length: next() % 90 }, () => next() & 0xff);
      if (garbage.length > 0 && round % 2 === 0) garbage[0] = 0x80 | (next() & 0x3f);
      for (const kind of ['Rtp', 'Rtcp'] as const) expect(opened(receiver, garbage, kind)).toBeTypeOf('string');
    }
  });

  it('goes on with the roll-over counter under a new key, or begins at zero where the sender does', () => {
    const first = new SrtpSender(suite, key(suite));
    const receiver = new SrtpReceiver(suite, key(suite));
    for (const n of [65_000, 65_535, 0, 5]) opened(receiver, sealed(first, rtp(n)));
    const kept = new SrtpReceiver(suite, key(suite, 2), receiver);
    expect(opened(kept, sealed(new SrtpSender(suite, key(suite, 2), first), rtp(6)))).toEqual(rtp(6));
    const anew = new SrtpReceiver(suite, key(suite, 2), receiver);
    expect(opened(anew, sealed(new SrtpSender(suite, key(suite, 2)), rtp(6)))).toEqual(rtp(6));
    const without = new SrtpReceiver(suite, key(suite, 2));
    expect(opened(without, sealed(new SrtpSender(suite, key(suite, 2), first), rtp(6)))).toBe('authentication');
  });

  it('never uses a number twice', () => {
    const sender = new SrtpSender(suite, key(suite));
    sealed(sender, rtp(5));
    const again = memory(rtp(5));
    expect(sender.protectRtp(again, rtp(5).length)).toBe('replay');
    expect(again).toEqual(memory(rtp(5)));
  });

  it('remembers no source whose packets are forged, and only so many whose are true', () => {
    const sender = (): SrtpSender => new SrtpSender(suite, key(suite));
    const receiver = new SrtpReceiver(suite, key(suite));
    const forger = new SrtpSender(suite, key(suite, 3));
    for (let ssrc = 0; ssrc < MAX_SOURCES; ssrc += 1) {
      expect(opened(receiver, sealed(forger, rtp(1, { ssrc })))).toBe('authentication');
    }
    for (let ssrc = 0; ssrc < MAX_SOURCES; ssrc += 1) {
      expect(opened(receiver, sealed(sender(), rtp(1, { ssrc })))).toEqual(rtp(1, { ssrc }));
      expect(opened(receiver, sealed(sender(), rtcp(ssrc), 'Rtcp'), 'Rtcp')).toEqual(rtcp(ssrc));
    }
    expect(opened(receiver, sealed(sender(), rtp(1, { ssrc: MAX_SOURCES })))).toBe('source');
    expect(opened(receiver, sealed(sender(), rtcp(MAX_SOURCES), 'Rtcp'), 'Rtcp')).toBe('source');
  });

  it('throws where the caller made a mistake: a key of another length, no room behind the packet', () => {
    expect(() => new SrtpSender(suite, new Uint8Array(29))).toThrow(`${suite} needs a key and salt of`);
    const packet = rtp(1);
    expect(() => new SrtpSender(suite, key(suite)).protectRtp(packet, packet.length)).toThrow('needs room');
  });
});

it('takes RTCP that is authenticated but not encrypted (RFC 3711 3.4)', () => {
  const suite = 'AES_CM_128_HMAC_SHA1_80';
  const keys = deriveSessionKeys(SRTP_SUITES[suite], key(suite), 'rtcp');
  const wire = Uint8Array.of(...rtcp(), 0, 0, 0, 9, ...new Uint8Array(10));
  new HmacSha1(keys.authentication).write(wire, wire.length - 10, wire, wire.length - 10, 10);
  expect(opened(new SrtpReceiver(suite, key(suite)), wire, 'Rtcp')).toEqual(rtcp());
});
