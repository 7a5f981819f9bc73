import { AeadGcmRtcp, AeadGcmRtp } from './aead-gcm.js';
import { CounterHmacRtcp, CounterHmacRtp } from './counter-hmac.js';
import { deriveSessionKeys } from './key-derivation.js';
import { SRTP_SUITES, type SrtpSuite } from './suite.js';
import type { PacketTransform } from './transform.js';

/** Master key and salt of a suite together, as `inline:` has them: how many bytes. */
export function keyAndSaltBytes(suite: SrtpSuite): number {
  const facts = SRTP_SUITES[suite];
  return facts.keyBytes + facts.saltBytes;
}

/** The two transforms under one master key. Throws where key and salt together haven't the suite's length: whoever negotiates checks that. */
export function transformsOf(
  suite: SrtpSuite,
  keyAndSalt: Uint8Array,
): { rtp: PacketTransform; rtcp: PacketTransform } {
  const facts = SRTP_SUITES[suite];
  const bytes = keyAndSaltBytes(suite);
  if (keyAndSalt.length !== bytes) {
    throw new Error(`${suite} needs a key and salt of ${bytes} bytes together, not ${keyAndSalt.length}`);
  }
  const rtp = deriveSessionKeys(facts, keyAndSalt, 'rtp');
  const rtcp = deriveSessionKeys(facts, keyAndSalt, 'rtcp');
  return facts.isAead
    ? { rtp: new AeadGcmRtp(rtp), rtcp: new AeadGcmRtcp(rtcp) }
    : { rtp: new CounterHmacRtp(rtp, facts.rtpTagBytes), rtcp: new CounterHmacRtcp(rtcp, facts.rtcpTagBytes) };
}
