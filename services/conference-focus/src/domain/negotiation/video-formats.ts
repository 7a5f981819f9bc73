import {
  type Attribute,
  answerH264,
  type Codec,
  codecsOf,
  commonFeedback,
  type MediaDescription,
  type RtcpFeedback,
  rtcpFeedback,
  rtcpFeedbackAttributes,
  sameH264,
} from '@ringdown/sdp';
import type { VideoLeg } from '../../ports/mixer.js';

type Encoding = VideoLeg['encoding'];

/**
 * RFC 6184 §8.2.2: constrained baseline, level 3.1, packetization mode 1, what every phone and browser has. What is forwarded unchanged must
 * suit every receiver, so all speak this.
 */
const h264 = 'level-asymmetry-allowed=1;profile-level-id=42e01f;packetization-mode=1';

/** What this side does when it is asked for a key frame, and may ask for. */
const feedback: RtcpFeedback = { nack: false, pli: true, fir: true };

/** Video as this side offers it: it forwards, and understands whatever the members do. */
export function offeredVideo(wanted: readonly Encoding[]): Codec[] {
  return wanted.map((encoding) =>
    encoding === 'VP8'
      ? { payloadType: 96, name: 'VP8', clockRateHz: 90_000, channels: 1, parameters: undefined }
      : { payloadType: 97, name: 'H264', clockRateHz: 90_000, channels: 1, parameters: h264 },
  );
}

/** The one format of an offered stream that this side takes, as it answers it: the room's first that is on offer. */
export function takenVideo(offered: MediaDescription, wanted: readonly Encoding[]): readonly Codec[] {
  const codecs = codecsOf(offered);
  for (const encoding of wanted) {
    const found = codecs.find(
      ({ name, parameters }) => name.toUpperCase() === encoding && (encoding === 'VP8' || sameH264(parameters, h264)),
    );
    if (found === undefined) continue;
    return [encoding === 'VP8' ? found : { ...found, parameters: answerH264(found.parameters, h264) }];
  }
  return [];
}

/** `a=rtcp-fb` of an offer of these formats. */
export function offeredFeedback(codecs: readonly Codec[]): Attribute[] {
  return codecs.flatMap(({ payloadType }) => rtcpFeedbackAttributes(payloadType, feedback));
}

/** `a=rtcp-fb` of the answer that takes these formats: what of the offer's this side understands. */
export function takenFeedback(offered: MediaDescription, codecs: readonly Codec[]): Attribute[] {
  return codecs.flatMap(({ payloadType }) =>
    rtcpFeedbackAttributes(payloadType, commonFeedback(rtcpFeedback(offered, payloadType), feedback)),
  );
}
