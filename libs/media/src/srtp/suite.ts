/** The protection profiles of RFC 3711 with RFC 4568 §6.2, and RFC 7714, by their names in SDES. */
export type SrtpSuite = 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32' | 'AEAD_AES_128_GCM' | 'AEAD_AES_256_GCM';

/** What a suite is made of. */
export interface SuiteFacts {
  readonly isAead: boolean;
  readonly keyBytes: number;
  readonly saltBytes: number;
  readonly rtpTagBytes: number;
  /** SRTCP's is whole also where SRTP's is cut to 32 bits (RFC 4568 §6.2.2). */
  readonly rtcpTagBytes: number;
}

export const SRTP_SUITES: Readonly<Record<SrtpSuite, SuiteFacts>> = {
  AES_CM_128_HMAC_SHA1_80: { isAead: false, keyBytes: 16, saltBytes: 14, rtpTagBytes: 10, rtcpTagBytes: 10 },
  AES_CM_128_HMAC_SHA1_32: { isAead: false, keyBytes: 16, saltBytes: 14, rtpTagBytes: 4, rtcpTagBytes: 10 },
  AEAD_AES_128_GCM: { isAead: true, keyBytes: 16, saltBytes: 12, rtpTagBytes: 16, rtcpTagBytes: 16 },
  AEAD_AES_256_GCM: { isAead: true, keyBytes: 32, saltBytes: 12, rtpTagBytes: 16, rtcpTagBytes: 16 },
};
