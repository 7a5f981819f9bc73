import { startsKeyFrameH264 } from './h264-payload.js';
import { Vp8Descriptor } from './vp8-descriptor.js';

export type VideoEncoding = 'VP8' | 'H264';

/** What forwarding wants to know of a packet's payload. One object serves every packet of a room: `read` overwrites it. */
export class VideoPayload {
  /** Whether a key frame begins with this packet, so that a decoder may begin with it. */
  startsKeyFrame = false;
  /** Of VP8; undefined for H.264. */
  readonly vp8: Vp8Descriptor | undefined;

  constructor(encoding: VideoEncoding) {
    this.vp8 = encoding === 'VP8' ? new Vp8Descriptor() : undefined;
  }

  /** Reads the payload from `from` to `to`; false where it is malformed. */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    if (this.vp8 !== undefined) {
      const isWhole = this.vp8.read(bytes, from, to);
      this.startsKeyFrame = isWhole && this.vp8.startsKeyFrame;
      return isWhole;
    }
    const starts = startsKeyFrameH264(bytes, from, to);
    this.startsKeyFrame = starts === true;
    return starts !== undefined;
  }
}
