import { describe, expect, it } from 'vitest';
import { SpeakerNews, shortestIntervalMs } from './speaker-news.js';

const tickMs = 20;

/** What is told in so many ticks, by the millisecond, when `speakers` says who speaks from a millisecond on. */
function told(speakers: Readonly<Record<number, readonly string[]>>, ticks: number): [number, readonly string[]][] {
  const news: [number, readonly string[]][] = [];
  let nowMs = 0;
  const room = new SpeakerNews((members) => news.push([nowMs, members]));
  for (; nowMs < ticks * tickMs; nowMs += tickMs) room.tick(nowMs, speakers[nowMs]);
  return news;
}

describe('who speaks is told', () => {
  it.each([
    { name: 'at once', speakers: { 40: ['a'] }, expected: [[40, ['a']]] },
    { name: 'never while nobody does', speakers: {}, expected: [] },
    {
      name: 'a quarter of a second after it was told before, and then the last',
      speakers: { 40: ['a'], 60: ['a', 'b'], 80: ['b'] },
      expected: [
        [40, ['a']],
        [300, ['b']],
      ],
    },
    {
      name: 'not again when it is the same again',
      speakers: { 40: ['a'], 60: ['a', 'b'], 80: ['a'] },
      expected: [[40, ['a']]],
    },
    {
      name: 'when nobody does any more',
      speakers: { 40: ['a'], 600: [] },
      expected: [
        [40, ['a']],
        [600, []],
      ],
    },
  ])('$name', ({ speakers, expected }) => {
    expect(told(speakers, 60)).toEqual(expected);
  });

  it('at most four times a second, however often it changes', () => {
    const changes = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [i * tickMs, [`speaker-${i}`]]));
    const news = told(changes, 120);
    expect(news).toHaveLength(9);
    for (let i = 1; i < news.length; i += 1)
      expect((news[i] as [number, unknown])[0] - (news[i - 1] as [number, unknown])[0]).toBeGreaterThanOrEqual(
        shortestIntervalMs,
      );
    expect(news.at(-1)?.[1]).toEqual(['speaker-99']);
  });
});
