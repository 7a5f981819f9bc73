import { createCipheriv, createHmac } from 'node:crypto';

const tagBytes = 10;
const rtpHeaderBytes = 12;
const [keyBytes, saltBytes, authenticationBytes] = [16, 14, 20];

/** Protects RTP by AES_CM_128_HMAC_SHA1_80 (RFC 3711), as one who writes tests reads it: for headers without extensions, in the first 65,536 packets. */
export class SrtpSender {
  private readonly cipherKey: Buffer;
  private readonly authenticationKey: Buffer;
  private readonly salt: Buffer;

  /** `key`: master key and salt, 30 bytes, as they stand in base64 after `inline:`. */
  constructor(key: Buffer) {
    const derive = (label: number, length: number): Buffer => {
      const vector = Buffer.alloc(16);
      key.copy(vector, 0, keyBytes, keyBytes + saltBytes);
      vector[7] = (vector[7] ?? 0) ^ label;
      return keystream(key.subarray(0, keyBytes), vector, length);
    };
    this.cipherKey = derive(0, keyBytes);
    this.authenticationKey = derive(1, authenticationBytes);
    this.salt = derive(2, saltBytes);
  }

  protect(packet: Buffer): Buffer {
    const vector = Buffer.alloc(16);
    this.salt.copy(vector);
    // The SSRC from the fifth byte on and the packet's index from the ninth on, its rollover counter being 0.
    for (let i = 0; i < 4; i += 1) vector[4 + i] = (vector[4 + i] ?? 0) ^ (packet[8 + i] ?? 0);
    for (let i = 0; i < 2; i += 1) vector[12 + i] = (vector[12 + i] ?? 0) ^ (packet[2 + i] ?? 0);
    const header = packet.subarray(0, rtpHeaderBytes);
    const payload = packet.subarray(rtpHeaderBytes);
    const cipher = createCipheriv('aes-128-ctr', this.cipherKey, vector);
    const protectedBytes = Buffer.concat([header, cipher.update(payload)]);
    const tag = createHmac('sha1', this.authenticationKey).update(protectedBytes).update(Buffer.alloc(4)).digest();
    return Buffer.concat([protectedBytes, tag.subarray(0, tagBytes)]);
  }
}

function keystream(key: Buffer, vector: Buffer, length: number): Buffer {
  return createCipheriv('aes-128-ctr', key, vector).update(Buffer.alloc(length));
}
