import { type AgreedStream, type MediaDescription, rtcpFeedback, type SessionDescription } from '@ringdown/sdp';
import type { AudioLeg, SrtpKeys, StreamLeg, VideoLeg } from '../../ports/mixer.js';
import { agreedAudio } from './audio-formats.js';
import { packetLengthOf, remoteOf, rtcpOf } from './stream-facts.js';

/** The agreed audio stream as the mixer wants it; undefined where its codecs are none of the mixer's. `peer` is the other side's description. */
export function audioLeg(
  stream: AgreedStream,
  peer: SessionDescription,
  srtp: SrtpKeys | undefined,
): AudioLeg | undefined {
  const described = peer.media[stream.index] as MediaDescription;
  const formats = agreedAudio(stream.codecs, packetLengthOf(described));
  return formats === undefined ? undefined : { ...streamLeg(stream, described, srtp), ...formats };
}

export function videoLeg(
  stream: AgreedStream,
  peer: SessionDescription,
  srtp: SrtpKeys | undefined,
): VideoLeg | undefined {
  const described = peer.media[stream.index] as MediaDescription;
  const [first] = stream.codecs;
  const encoding = first?.codec.name.toUpperCase();
  if (first === undefined || (encoding !== 'VP8' && encoding !== 'H264')) return undefined;
  const { sendPayloadType, receivePayloadType } = first;
  const { pli, fir } = rtcpFeedback(described, sendPayloadType);
  return {
    ...streamLeg(stream, described, srtp),
    encoding,
    sendPayloadType,
    receivePayloadType,
    feedback: { pli, fir },
  };
}

function streamLeg(stream: AgreedStream, described: MediaDescription, srtp: SrtpKeys | undefined): StreamLeg {
  const { remoteAddress, remotePort, direction } = stream;
  return {
    remote: remoteOf(remoteAddress, remotePort),
    direction,
    rtcp: rtcpOf(described, remoteAddress),
    srtp,
  };
}
