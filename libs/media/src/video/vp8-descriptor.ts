/** The VP8 payload descriptor (RFC 7741 §4.2), by offsets into the packet. One object serves every packet. */
export class Vp8Descriptor {
  /** Whether the packet begins a key frame: the first of its frame, with P = 0 and the start code behind it (§4.3, RFC 6386 §9.1). */
  startsKeyFrame = false;
  /** -1 where there is none. */
  pictureId = -1;
  /** Where it stands; one byte or, with `hasLongPictureId`, two, of which the highest bit says so. */
  pictureIdOffset = 0;
  hasLongPictureId = false;
  /** TL0PICIDX; -1 where there is none. */
  temporalIndex = -1;
  temporalIndexOffset = 0;

  /** Reads the payload from `from` to `to`; false where it ends within its descriptor, or right behind it. */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    this.startsKeyFrame = false;
    this.pictureId = -1;
    this.temporalIndex = -1;
    this.hasLongPictureId = false;
    if (from >= to) return false;
    const first = bytes[from] as number;
    let at = from + 1;
    if ((first & EXTENDED) !== 0) {
      if (at >= to) return false;
      const extension = bytes[at] as number;
      at += 1;
      if ((extension & HAS_PICTURE_ID) !== 0) {
        if (at + 1 >= to) return false;
        const high = bytes[at] as number;
        this.pictureIdOffset = at;
        this.hasLongPictureId = (high & LONG_PICTURE_ID) !== 0;
        this.pictureId = this.hasLongPictureId ? ((high & 0x7f) << 8) | (bytes[at + 1] as number) : high;
        at += this.hasLongPictureId ? 2 : 1;
      }
      if ((extension & HAS_TEMPORAL_INDEX) !== 0) {
        if (at >= to) return false;
        this.temporalIndexOffset = at;
        this.temporalIndex = bytes[at] as number;
        at += 1;
      }
      if ((extension & HAS_LAYER_OR_KEY_INDEX) !== 0) at += 1;
    }
    if (at >= to) return false;
    this.startsKeyFrame =
      (first & START_OF_PARTITION) !== 0 &&
      (first & PARTITION) === 0 &&
      ((bytes[at] as number) & INTER_FRAME) === 0 &&
      at + 10 <= to &&
      bytes[at + 3] === 0x9d &&
      bytes[at + 4] === 0x01 &&
      bytes[at + 5] === 0x2a;
    return true;
  }
}

const EXTENDED = 0x80;
const START_OF_PARTITION = 0x10;
const PARTITION = 0x07;
const HAS_PICTURE_ID = 0x80;
const HAS_TEMPORAL_INDEX = 0x40;
/** T or K: both share one byte. */
const HAS_LAYER_OR_KEY_INDEX = 0x30;
const LONG_PICTURE_ID = 0x80;
/** Of the payload header: 0 for a key frame. */
const INTER_FRAME = 0x01;
