import { describe, expect, it } from 'vitest';
import { GatheredReads } from './gathered-reads.js';

class Scene {
  readonly batches: string[] = [];
  overloads = 0;
  /** What each read under way waits for. */
  readonly gates: PromiseWithResolvers<void>[] = [];
  held = false;
  failure: Error | undefined;
  readonly reads: GatheredReads<string, string>;

  constructor(o: { maxBatch?: number; lanes?: number; maxWaiting?: number } = {}) {
    this.reads = new GatheredReads<string, string>({
      textOf: (key) => key,
      maxBatch: 3,
      lanes: 1,
      maxWaiting: 100,
      overloaded: () => {
        this.overloads += 1;
      },
      read: async (keys) => {
        this.batches.push(keys.join(''));
        if (this.held) {
          const gate = Promise.withResolvers<void>();
          this.gates.push(gate);
          await gate.promise;
        }
        if (this.failure !== undefined) throw this.failure;
        return keys.map((key) => key.toUpperCase());
      },
      ...o,
    });
  }

  ask(keys: string): Promise<string> {
    return Promise.all([...keys].map((key) => this.reads.get(key))).then((values) => values.join(''));
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('GatheredReads', () => {
  it('reads what comes within a turn together, each key once', async () => {
    const scene = new Scene();
    expect(await scene.ask('abab')).toBe('ABAB');
    expect(scene.batches).toEqual(['ab']);
  });

  it('reads at most so many at once, and the rest next', async () => {
    const scene = new Scene();
    expect(await scene.ask('abcdefg')).toBe('ABCDEFG');
    expect(scene.batches).toEqual(['abc', 'def', 'g']);
  });

  it('reads anew what is asked while the same is being read: the answer may have changed', async () => {
    const scene = new Scene();
    scene.held = true;
    const first = scene.ask('a');
    await turn();
    const second = scene.ask('ab');
    await turn();
    expect(scene.batches).toEqual(['a']);
    scene.held = false;
    scene.gates[0]?.resolve();
    expect([await first, await second]).toEqual(['A', 'AB']);
    expect(scene.batches).toEqual(['a', 'ab']);
  });

  it('has as many reads under way as it has lanes', async () => {
    const scene = new Scene({ lanes: 2, maxBatch: 1 });
    scene.held = true;
    const all = scene.ask('abc');
    await turn();
    expect(scene.batches).toEqual(['a', 'b']);
    scene.held = false;
    for (const gate of scene.gates) gate.resolve();
    expect(await all).toBe('ABC');
  });

  it('refuses what is too much, tells of it, and goes on', async () => {
    const scene = new Scene({ maxWaiting: 2 });
    const results = await Promise.allSettled(['a', 'b', 'a'].map((key) => scene.reads.get(key)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({ reason: { code: 'resource-exhausted' } });
    expect([await scene.ask('c'), scene.overloads]).toEqual(['C', 1]);
  });

  it('fails as the read fails, and goes on', async () => {
    const scene = new Scene();
    scene.failure = new Error('away');
    const results = await Promise.allSettled([...'abcd'].map((key) => scene.reads.get(key)));
    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'rejected'));
    scene.failure = undefined;
    expect(await scene.ask('a')).toBe('A');
  });
});
