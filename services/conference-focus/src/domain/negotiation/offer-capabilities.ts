import {
  type Attribute,
  attributeValue,
  type Codec,
  codecsOf,
  isSecureProfile,
  type MediaDescription,
  type SessionDescription,
  type StreamCapability,
  sameEncoding,
} from '@ringdown/sdp';
import type { MemberPorts } from '../../ports/mixer.js';
import { offeredAudio } from './audio-formats.js';
import type { Keying } from './keying.js';
import type { MediaPolicy } from './media-policy.js';
import { offeredFeedback, offeredVideo } from './video-formats.js';

/** What this side offers: the streams that were described before and not refused, or what the room has. */
export function offerCapabilities(
  before: SessionDescription | undefined,
  policy: MediaPolicy,
  ports: MemberPorts,
  keying: Keying,
): readonly StreamCapability[] {
  if (before === undefined) {
    const audio = offered('audio', 0, ports.audio.port, undefined, policy, keying);
    if (ports.video === undefined || policy.video.length === 0) return [audio];
    return [audio, offered('video', 1, ports.video.port, undefined, policy, keying)];
  }
  const capabilities: StreamCapability[] = [];
  for (const [index, line] of before.media.entries()) {
    if (line.port === 0) continue;
    capabilities.push(offered(line.media as 'audio' | 'video', index, line.port, line, policy, keying));
  }
  return capabilities;
}

function offered(
  media: 'audio' | 'video',
  index: number,
  port: number,
  before: MediaDescription | undefined,
  policy: MediaPolicy,
  keying: Keying,
): StreamCapability {
  const wanted = media === 'audio' ? offeredAudio(policy.audio) : offeredVideo(policy.video);
  const codecs = before === undefined ? wanted : numberedAsBefore(wanted, codecsOf(before));
  const protocol = before?.protocol ?? (policy.srtpRequired ? 'RTP/SAVP' : 'RTP/AVP');
  const attributes: Attribute[] = isSecureProfile(protocol) ? [...keying.offer(index)] : [];
  if (media === 'audio') attributes.push({ name: 'ptime', value: '20' });
  else attributes.push(...offeredFeedback(codecs));
  // What was agreed on stays as it is: RTCP doesn't move while the stream runs.
  if (before === undefined || attributeValue(before.attributes, 'rtcp-mux') !== undefined)
    attributes.push({ name: 'rtcp-mux', value: undefined });
  return { media, protocols: [protocol], port, codecs, direction: 'sendrecv', attributes };
}

/** RFC 3264 §8.3.2: a payload type that had a meaning in this stream keeps it, and what was agreed on comes first. */
function numberedAsBefore(wanted: readonly Codec[], before: readonly Codec[]): Codec[] {
  const used = new Set(before.map((codec) => codec.payloadType));
  const more: Codec[] = [];
  for (const codec of wanted) {
    if (before.some((known) => sameEncoding(known, codec))) continue;
    let { payloadType } = codec;
    while (used.has(payloadType)) payloadType = payloadType >= 127 ? 96 : Math.max(96, payloadType + 1);
    used.add(payloadType);
    more.push({ ...codec, payloadType });
  }
  return [...before, ...more];
}
