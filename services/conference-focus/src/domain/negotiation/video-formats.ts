import { type Attribute, attributeValues, type Codec, codecsOf, type MediaDescription } from '@ringdown/sdp';
import type { VideoLeg } from '../../ports/mixer.js';

type Encoding = VideoLeg['encoding'];

/** RFC 6184 §8.2.2: baseline, level 3.1, what every phone and browser has; the level may differ each way. */
const h264Parameters = 'profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1';

/** Video as this side offers it: it forwards, and understands whatever the members do. */
export function offeredVideo(wanted: readonly Encoding[]): Codec[] {
  return wanted.map((encoding) =>
    encoding === 'VP8'
      ? { payloadType: 96, name: 'VP8', clockRateHz: 90_000, channels: 1, parameters: undefined }
      : { payloadType: 97, name: 'H264', clockRateHz: 90_000, channels: 1, parameters: h264Parameters },
  );
}

/** The one format of an offered stream that this side takes: the room's first that is on offer. */
export function takenVideo(offered: MediaDescription, wanted: readonly Encoding[]): readonly Codec[] {
  const codecs = codecsOf(offered);
  for (const encoding of wanted) {
    const candidates = codecs.filter((codec) => codec.name.toUpperCase() === encoding);
    const found = encoding === 'H264' ? candidates.find(isForwardable) : candidates[0];
    // RFC 6184 §8.2.2: profile and packetization mode of the answer are the offer's.
    if (found !== undefined) return [found];
  }
  return [];
}

/** RFC 6184 §6: what is forwarded unchanged must suit every receiver, so all speak packetization mode 1 of the baseline profile. */
function isForwardable({ parameters = '' }: Codec): boolean {
  const isInterleavedOrSingle = !/(?:^|;)\s*packetization-mode\s*=\s*1\b/i.test(parameters);
  const profile = /(?:^|;)\s*profile-level-id\s*=\s*([\da-f]{2})/i.exec(parameters)?.[1] ?? '42';
  return !isInterleavedOrSingle && profile.toLowerCase() === '42';
}

/** `a=rtcp-fb` for an offer (RFC 4585 §4.2, RFC 5104 §7.1). */
export const videoFeedback: readonly Attribute[] = [
  { name: 'rtcp-fb', value: '* nack pli' },
  { name: 'rtcp-fb', value: '* ccm fir' },
];

/** RFC 4585 §4.2: an answer has what of the offer's feedback this side understands. */
export function takenFeedback(offered: MediaDescription): Attribute[] {
  return attributeValues(offered.attributes, 'rtcp-fb')
    .filter((value) => /\s(?:nack pli|ccm fir)\s*$/i.test(value))
    .map((value) => ({ name: 'rtcp-fb', value }));
}
