import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { SrtpSender } from './srtp-sender.js';

// RFC 3711 appendix B.3: the session keys that a master key gives.
const masterKey = 'e1f97a0d3e018be0d64fa32c06de4139';
const masterSalt = '0ec675ad498afeebb6960b3aabe6';
const authenticationKey = 'cebe321f6ff7716b6fd4ab49af256a156d38baa4';

it('authenticates with the key of RFC 3711 appendix B.3, what it has encrypted, and leaves the header as it is', () => {
  const sender = new SrtpSender(Buffer.from(masterKey + masterSalt, 'hex'));
  const packet = Buffer.from('8000000100000000cafebabe' + '00'.repeat(16), 'hex');
  const protectedPacket = sender.protect(packet);
  expect(protectedPacket.subarray(0, 12)).toEqual(packet.subarray(0, 12));
  expect(protectedPacket.length).toBe(packet.length + 10);
  expect(protectedPacket.subarray(12, 28)).not.toEqual(packet.subarray(12));
  const tag = createHmac('sha1', Buffer.from(authenticationKey, 'hex'))
    .update(protectedPacket.subarray(0, 28))
    .update(Buffer.alloc(4))
    .digest();
  expect(protectedPacket.subarray(28)).toEqual(tag.subarray(0, 10));
});

it('encrypts each packet with a keystream of its own', () => {
  const sender = new SrtpSender(Buffer.from(masterKey + masterSalt, 'hex'));
  const [first, second] = [1, 2].map((sequence) =>
    sender.protect(Buffer.from(`8000000${sequence}00000000cafebabe${'00'.repeat(16)}`, 'hex')).subarray(12, 28),
  );
  expect(first).not.toEqual(second);
});
