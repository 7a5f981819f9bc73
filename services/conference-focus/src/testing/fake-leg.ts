import type { HangUp, MemberLeg } from '../ports/member-leg.js';
import type { AudioLeg, MediaDirection, MemberMedia } from '../ports/mixer.js';

/** A leg that remembers what was asked of it. */
export class FakeLeg implements MemberLeg {
  readonly hungUp: HangUp[] = [];

  keyFramesWanted = 0;

  hangUp(why: HangUp): void {
    this.hungUp.push(why);
  }

  requestKeyFrame(): void {
    this.keyFramesWanted += 1;
  }
}

const PCMU = { encoding: 'PCMU', sendPayloadType: 0, receivePayloadType: 0, ptimeMs: 20 } as const;

/** What was agreed: G.711 in this direction, as the focus sees it. */
export function audio(direction: MediaDirection = 'sendrecv'): MemberMedia {
  const leg: AudioLeg = {
    remote: { host: '198.51.100.7', port: 5004 },
    direction,
    rtcp: undefined,
    srtp: undefined,
    codec: PCMU,
    accepted: [PCMU],
    dtmf: { sendPayloadType: 101, receivePayloadType: 101, clockRate: 8000 },
  };
  return { audio: leg, video: undefined };
}
