import { describe, expect, it } from 'vitest';
import { type MediaLeg, mediaCallId, type RelayedMedia, relayedMediaBytes, relayedMediaFrom } from './relayed-media.js';

const legs: readonly MediaLeg[] = (['plain', 'sdes', 'webrtc'] as const).flatMap((profile) =>
  (['IP4', 'IP6'] as const).map((family) => ({ profile, family })),
);

describe('what a sealed call says of its media', () => {
  it('is what it was, in three bytes, for every pair of legs', () => {
    for (const originator of legs)
      for (const terminator of legs)
        for (const [node, branch, offerless] of [
          [0, 0, false],
          [255, 255, true],
        ] as const) {
          const media: RelayedMedia = { node, branch, originator, terminator, offerless };
          const bytes = relayedMediaBytes(media);
          expect([bytes.length, relayedMediaFrom(bytes)]).toEqual([3, media]);
        }
  });

  it.each([[], [1], [1, 2], [1, 2, 3, 4]])('is nothing where it has other bytes: %j', (...bytes) => {
    expect(relayedMediaFrom(Uint8Array.from(bytes))).toBeUndefined();
  });

  it('names the media of each branch', () => {
    const [leg] = legs as [MediaLeg];
    const media = { node: 1, branch: 3, originator: leg, terminator: leg, offerless: false };
    expect(mediaCallId('0123456789abcdef', media)).toBe('0123456789abcdef-3');
  });
});
