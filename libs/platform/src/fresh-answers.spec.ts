import { describe, expect, it } from 'vitest';
import { FreshAnswers } from './fresh-answers.js';

class Scene {
  now = 0;
  asked: string[] = [];
  failure: Error | undefined;
  readonly answers = new FreshAnswers<string>({
    ask: async (key) => {
      this.asked.push(key);
      if (this.failure !== undefined) throw this.failure;
      return `${key}@${this.now}`;
    },
    now: () => this.now,
    freshMs: 100,
    staleMs: 1000,
    capacity: 2,
  });
}

describe('FreshAnswers', () => {
  it('asks again only when an answer is no longer fresh', async () => {
    const scene = new Scene();
    expect(await scene.answers.get('a')).toBe('a@0');
    scene.now = 99;
    expect(await scene.answers.get('a')).toBe('a@0');
    scene.now = 100;
    expect(await scene.answers.get('a')).toBe('a@100');
    expect(scene.asked).toEqual(['a', 'a']);
  });

  it('asks once for however many wait', async () => {
    const scene = new Scene();
    expect(await Promise.all([scene.answers.get('a'), scene.answers.get('a'), scene.answers.get('b')])).toEqual([
      'a@0',
      'a@0',
      'b@0',
    ]);
    expect(scene.asked).toEqual(['a', 'b']);
  });

  it('serves what it remembers while asking fails, up to a limit', async () => {
    const scene = new Scene();
    await scene.answers.get('a');
    scene.failure = new Error('away');
    scene.now = 999;
    expect(await scene.answers.get('a')).toBe('a@0');
    await expect(scene.answers.get('b')).rejects.toThrow('away');
    scene.now = 1000;
    await expect(scene.answers.get('a')).rejects.toThrow('away');
    scene.failure = undefined;
    expect(await scene.answers.get('a')).toBe('a@1000');
  });

  it('forgets the oldest beyond its capacity', async () => {
    const scene = new Scene();
    for (const key of ['a', 'b', 'c', 'b', 'a']) await scene.answers.get(key);
    expect(scene.asked).toEqual(['a', 'b', 'c', 'a']);
  });
});
