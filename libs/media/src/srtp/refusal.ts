/**
 * Why a packet isn't taken. `malformed`: it is no RTP or RTCP, or too short. `replay`: its number was seen before, or is too old to tell.
 * `authentication`: its tag doesn't fit. `source`: more synchronisation sources than one key is used for. `exhausted`: the key has
 * protected as many packets as it may (RFC 3711 §9.2).
 */
export type SrtpRefusal = 'malformed' | 'replay' | 'authentication' | 'source' | 'exhausted';

/** A member has a few sources: audio, video, and a new one when its device starts over. Each costs memory here. */
export const MAX_SOURCES = 64;
/** Of RTP: RFC 3711 §9.2 allows 2^48 packets, which is when the roll-over counter has reached its end. */
export const MAX_ROLL_OVER = 0xffffffff;
/** Of SRTCP, whose index has 31 bits. */
export const MAX_RTCP_INDEX = 0x7fffffff;
