import { type AgreedStream, attributeValues, type MediaDescription, type SessionDescription } from '@ringdown/sdp';
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
  const feedback = feedbackOf(described, sendPayloadType);
  return { ...streamLeg(stream, described, srtp), encoding, sendPayloadType, receivePayloadType, feedback };
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

/** RFC 4585 §4.2, RFC 5104 §7.1: what the other side does when it is asked for a key frame. */
function feedbackOf(described: MediaDescription, payloadType: number): VideoLeg['feedback'] {
  const offered = new Set<string>();
  for (const value of attributeValues(described.attributes, 'rtcp-fb')) {
    const [format, ...words] = value.trim().toLowerCase().split(/\s+/);
    if (format === '*' || format === String(payloadType)) offered.add(words.join(' '));
  }
  return { pli: offered.has('nack pli'), fir: offered.has('ccm fir') };
}
