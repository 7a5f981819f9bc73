import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startsKeyFrameH264 } from './h264-payload.js';
import { VideoPayload } from './video-payload.js';
import { Vp8Descriptor } from './vp8-descriptor.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
/** RFC 6386 §9.1: frame tag of a key frame, start code, 640×480. */
const KEY = '90020d 9d012a 8002 e001';
const INTER = 'b10400 1234';

describe('VP8 payload descriptors', () => {
  it.each([
    ['the shortest, beginning a key frame', `10 ${KEY}`, { startsKeyFrame: true, pictureId: -1, temporalIndex: -1 }],
    ['the shortest, beginning another frame', `10 ${INTER}`, { startsKeyFrame: false }],
    ['not the first of its frame', `00 ${KEY}`, { startsKeyFrame: false }],
    ['of another partition', `11 ${KEY}`, { startsKeyFrame: false }],
    ['a key frame without start code', '10 90020d 9d012b 8002 e001', { startsKeyFrame: false }],
    ['a key frame cut short', '10 90020d 9d012a 8002 e0', { startsKeyFrame: false }],
    [
      'a short picture id',
      `90 80 7f ${KEY}`,
      { startsKeyFrame: true, pictureId: 127, hasLongPictureId: false, pictureIdOffset: 2 },
    ],
    ['a long picture id', `90 80 9234 ${KEY}`, { startsKeyFrame: true, pictureId: 0x1234, hasLongPictureId: true }],
    [
      'everything',
      `90 f0 8001 07 41 ${KEY}`,
      { startsKeyFrame: true, pictureId: 1, temporalIndex: 7, temporalIndexOffset: 4 },
    ],
    [
      'the index without picture id',
      `90 40 ff ${KEY}`,
      { startsKeyFrame: true, pictureId: -1, temporalIndex: 255, temporalIndexOffset: 2 },
    ],
    ['the key index alone', `90 10 05 ${KEY}`, { startsKeyFrame: true, pictureId: -1, temporalIndex: -1 }],
  ])('%s', (_, payload, expected) => {
    const descriptor = new Vp8Descriptor();
    const bytes = hex(payload);
    expect(descriptor.read(bytes, 0, bytes.length)).toBe(true);
    expect(descriptor).toMatchObject(expected);
  });

  it.each([
    '',
    '10',
    '90',
    '90 80',
    '90 80 05',
    '90 80 8005',
    '90 f0 8001 07',
    '90 f0 8001 07 41',
    '90 40 01',
    '90 10 01',
  ])('refuses what ends too early: "%s"', (payload) => {
    expect(new Vp8Descriptor().read(hex(payload), 0, hex(payload).length)).toBe(false);
  });
});

describe('H.264 payloads', () => {
  it.each([
    ['a sequence parameter set', '67 42e01f', true],
    ['a picture parameter set', '68 ce3c80', false],
    ['the first slice of an IDR picture', '65 88 84', true],
    ['a later slice of an IDR picture', '65 40 84', false],
    ['a slice of another picture', '41 9a 00', false],
    ['a delimiter', '09 f0', false],
    ['STAP-A with parameters', '78 0004 67 42e01f 0002 68 ce', true],
    ['STAP-A with delimiter and IDR slice', '78 0002 09 f0 0003 65 88 84', true],
    ['STAP-A without', '78 0002 09 f0 0002 41 9a', false],
    ['FU-A, the first of an IDR slice', '7c 85 88', true],
    ['FU-A, the first of a later IDR slice', '7c 85 08', false],
    ['FU-A, the second of an IDR slice', '7c 05 88', false],
    ['FU-A, the last of an IDR slice', '7c 45 88', false],
    ['FU-A, the first of another slice', '7c 81 9a', false],
  ])('%s', (_, payload, expected) => {
    expect(startsKeyFrameH264(hex(payload), 0, hex(payload).length)).toBe(expected);
  });

  it.each([
    ['nothing', ''],
    ['type 0', '00 01'],
    ['STAP-B', '79 0000 0001 67'],
    ['FU-B', '7d 85 0000 88'],
    ['type 30', '7e 00'],
    ['FU-A without fragment', '7c 85'],
    ['STAP-A without unit', '78 00 01'],
    ['STAP-A whose unit is empty', '78 0000 67 42'],
    ['STAP-A whose unit is longer than it', '78 0005 67 42e01f'],
    ['STAP-A with half a size behind its units', '78 0002 09 f0 00'],
  ])('refuses %s', (_, payload) => {
    expect(startsKeyFrameH264(hex(payload), 0, hex(payload).length)).toBeUndefined();
  });
});

it.each(['VP8', 'H264'] as const)('%s: takes whatever it is given without reading behind it', (encoding) => {
  const payload = new VideoPayload(encoding);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes, behind) => {
      const longer = Uint8Array.of(...bytes, ...behind);
      const alone = payload.read(bytes, 0, bytes.length) && payload.startsKeyFrame;
      expect(payload.read(longer, 0, bytes.length) && payload.startsKeyFrame).toBe(alone);
      const end = (payload.vp8?.temporalIndex ?? -1) === -1 ? 0 : (payload.vp8?.temporalIndexOffset ?? 0);
      expect(end).toBeLessThanOrEqual(bytes.length);
    }),
  );
});
