import {
  type Attribute,
  attributeValue,
  type Codec,
  isSecureProfile,
  type MediaDescription,
  type SessionDescription,
  type StreamCapability,
} from '@ringdown/sdp';
import type { MemberPorts, SrtpKeys } from '../../ports/mixer.js';
import { takenAudio } from './audio-formats.js';
import type { Keying } from './keying.js';
import { type MediaPolicy, type Unacceptable, unacceptable } from './media-policy.js';
import { packetLengthOf } from './stream-facts.js';
import { takenFeedback, takenVideo } from './video-formats.js';

/** What is answered with, each for one `m=` line of the offer. */
export interface AnswerCapabilities {
  readonly kind: 'capabilities';
  readonly capabilities: readonly StreamCapability[];
  /** By the index of the `m=` line. */
  readonly keys: ReadonlyMap<number, SrtpKeys>;
}

interface Taken {
  readonly kind: 'taken';
  readonly capability: StreamCapability;
  readonly keys: SrtpKeys | undefined;
}

/** Chooses the streams of an offer that a room takes: the first of audio that suits, and the first of video where it has any. */
export function capabilitiesFor(
  offer: SessionDescription,
  policy: MediaPolicy,
  ports: MemberPorts,
  keying: Keying,
): AnswerCapabilities | Unacceptable {
  const capabilities: StreamCapability[] = [];
  const keys = new Map<number, SrtpKeys>();
  const take = (index: number, taken: Taken): void => {
    capabilities.push(taken.capability);
    if (taken.keys !== undefined) keys.set(index, taken.keys);
  };
  let why = unacceptable(304, 'A conference needs an audio stream, and the offer has none');
  let hasAudio = false;
  let hasVideo = ports.video === undefined;
  for (const [index, offered] of offer.media.entries()) {
    if (offered.port === 0) continue;
    if (offered.media === 'audio' && !hasAudio) {
      const taken = takeStream(offered, index, ports.audio.port, takenAudio(offered, policy.audio), policy, keying);
      hasAudio = taken.kind === 'taken';
      if (taken.kind === 'taken') take(index, taken);
      else why = taken;
    } else if (offered.media === 'video' && !hasVideo && ports.video !== undefined) {
      const taken = takeStream(offered, index, ports.video.port, takenVideo(offered, policy.video), policy, keying);
      hasVideo = taken.kind === 'taken';
      if (taken.kind === 'taken') take(index, taken);
    }
  }
  return hasAudio ? { kind: 'capabilities', capabilities, keys } : why;
}

function takeStream(
  offered: MediaDescription,
  index: number,
  port: number,
  codecs: readonly Codec[],
  policy: MediaPolicy,
  keying: Keying,
): Taken | Unacceptable {
  const { protocol, media } = offered;
  const isPlain = protocol === 'RTP/AVP' || protocol === 'RTP/AVPF';
  if (!isPlain && !isSecureProfile(protocol))
    return unacceptable(302, `${protocol} is not spoken here: RTP/AVP and RTP/SAVP are`);
  if (isPlain && policy.srtpRequired)
    return unacceptable(302, 'This conference takes encrypted media only: RTP/SAVP with a=crypto');
  if (codecs.length === 0)
    return unacceptable(305, `None of the codecs: ${policy.audio.join(', ')} are understood here`);
  const keyed = isPlain ? undefined : keying.answer(offered, index);
  if (!isPlain && keyed === undefined)
    return unacceptable(302, 'RTP/SAVP needs an a=crypto line with a known suite and a whole key');
  const attributes: Attribute[] = keyed === undefined ? [] : [keyed.attribute];
  if (media === 'audio') attributes.push({ name: 'ptime', value: String(packetLengthOf(offered)) });
  else attributes.push(...takenFeedback(offered, codecs));
  // RFC 5761 §5.1.1: an answer has rtcp-mux only where the offer has it.
  if (attributeValue(offered.attributes, 'rtcp-mux') !== undefined)
    attributes.push({ name: 'rtcp-mux', value: undefined });
  const capability: StreamCapability = {
    media,
    protocols: [protocol],
    port,
    codecs,
    direction: 'sendrecv',
    attributes,
    index,
  };
  return { kind: 'taken', capability, keys: keyed?.keys };
}
