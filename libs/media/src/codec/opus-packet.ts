/** What the first bytes of an Opus packet (RFC 6716 §3) say, without decoding it. */

const SAMPLES_PER_MS = 48;
const LONGEST_SAMPLES = 120 * SAMPLES_PER_MS;
/** The first configuration that has no SILK layer, and so no second copy of the frame before. */
const FIRST_CELT_ONLY = 16;

/** Samples of one frame at 48 kHz by the table of §3.1. */
function samplesPerFrame(toc: number): number {
  const configuration = toc >>> 3;
  if (configuration >= FIRST_CELT_ONLY) return 120 << (configuration & 3);
  if (configuration >= 12) return 480 << (configuration & 1);
  const length = configuration & 3;
  return length === 3 ? 2880 : 480 << length;
}

/** Samples of all frames at 48 kHz; 0 for what can't be a packet (§3.2, §3.4: at most 120 ms). */
export function opusSamples(packet: Uint8Array): number {
  if (packet.length === 0) return 0;
  const code = packet[0]! & 3;
  if (code === 3 && packet.length < 2) return 0;
  const frames = code === 0 ? 1 : code === 3 ? packet[1]! & 0x3f : 2;
  const samples = frames * samplesPerFrame(packet[0]!);
  return samples > LONGEST_SAMPLES ? 0 : samples;
}

/**
 * Whether a packet of one frame carries the frame before it once more (§4.2.3, §4.2.4): its SILK layer begins with a bit for each 20 ms that tells of
 * voice, then one that tells of the copy; a stereo packet has the same once more for the side channel.
 */
export function carriesFrameBefore(packet: Uint8Array): boolean {
  if (packet.length < 2) return false;
  const toc = packet[0]!;
  if ((toc & 3) !== 0 || toc >>> 3 >= FIRST_CELT_ONLY) return false;
  const pieces = Math.max(1, samplesPerFrame(toc) / 960);
  const bits = packet[1]!;
  if (((bits >> (7 - pieces)) & 1) !== 0) return true;
  return (toc & 4) !== 0 && ((bits >> (6 - 2 * pieces)) & 1) !== 0;
}
