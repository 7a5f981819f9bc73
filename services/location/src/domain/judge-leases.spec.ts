import { describe, expect, it } from 'vitest';
import { type FlowOwner, renew } from './flow-owner.js';
import { type Judgement, judgeLeases, type LeaseClock, type LeaseTimes } from './judge-leases.js';

const times: LeaseTimes = { graceMs: 60_000, stallMs: 1_000, recoveryMs: 8_000, togetherMs: 1_500 };
const leaseMs = 4_000;
const renewMs = 1_000;
const judgeMs = 250;

/** Edges, a location that judges them every quarter of a second, and a clock that moves when told to. */
class Platform {
  nowMs = 1_000_000;
  readonly owners = new Map<string, FlowOwner>();
  readonly silent = new Set<string>();
  readonly story: string[] = [];
  #clock: LeaseClock = { judgedAtMs: this.nowMs, braked: false };
  #startedMs = this.nowMs;
  stopped = false;

  constructor(count: number) {
    for (let i = 1; i <= count; i++) this.renew(`e${i}`);
  }

  renew(edgeId: string, incarnation = 'i1'): string {
    const lives = [...this.owners.values()].filter((owner) => owner.edgeId === edgeId);
    const { outcome, owners } = renew(lives, { edgeId, incarnation, leaseMs, ownsPinholes: false }, this.nowMs);
    for (const owner of owners) this.owners.set(`${owner.edgeId} ${owner.incarnation}`, owner);
    return outcome;
  }

  /** What happens within so many milliseconds. Edges renew each second, each at a moment of its own. */
  pass(durationMs: number): this {
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; ) {
      this.nowMs += judgeMs;
      if (this.stopped) continue;
      [...this.owners.values()].forEach(({ edgeId, incarnation, state }, i) => {
        const isDue = (this.nowMs + i * 130) % renewMs < judgeMs;
        if (isDue && state !== 'ended' && !this.silent.has(edgeId)) this.renew(edgeId, incarnation);
      });
      this.#judge();
    }
    return this;
  }

  die(...edges: string[]): this {
    for (const edge of edges) this.silent.add(edge);
    this.#startedMs = this.nowMs;
    return this;
  }

  states(): string {
    return [...this.owners.values()].map(({ edgeId, state }) => `${edgeId} ${state}`).join(', ');
  }

  #judge(): void {
    const judgement: Judgement = judgeLeases([...this.owners.values()], this.#clock, this.nowMs, times);
    for (const owner of judgement.owners) this.owners.set(`${owner.edgeId} ${owner.incarnation}`, owner);
    const atMs = this.nowMs - this.#startedMs;
    for (const { edgeId } of judgement.suspended) this.story.push(`${atMs} ${edgeId} suspended`);
    for (const { edgeId } of judgement.ended) this.story.push(`${atMs} ${edgeId} ended`);
    if (judgement.braked !== this.#clock.braked) this.story.push(`${atMs} ${judgement.braked ? 'brake' : 'go'}`);
    if (judgement.stalledMs > 0) this.story.push(`stalled ${judgement.stalledMs}`);
    this.#clock = { judgedAtMs: this.nowMs, braked: judgement.braked };
  }
}

describe('judgeLeases', () => {
  it.each([1, 2, 3, 4, 10])('suspends one of %i within 5 s of its death, and ends it after the grace time', (count) => {
    const platform = new Platform(count).pass(10_000).die('e1').pass(5_000);
    expect(platform.story).toEqual([expect.stringMatching(/^(3|4)\d{3} e1 suspended$/)]);
    platform.pass(60_000);
    expect(platform.story.slice(1)).toEqual([expect.stringMatching(/^6[34]\d{3} e1 ended$/)]);
    expect(platform.states().match(/live/g)?.length ?? 0).toBe(count - 1);
  });

  it('leaves edges alone that renew', () => {
    expect(new Platform(5).pass(300_000).story).toEqual([]);
  });

  it('restores an edge that comes back within the grace time, and one that had ended begins anew', () => {
    const platform = new Platform(3).pass(5_000).die('e2').pass(30_000);
    platform.silent.clear();
    platform.pass(5_000);
    expect(platform.states()).toBe('e1 live, e2 live, e3 live');
    platform.die('e2').pass(70_000);
    expect(platform.states()).toBe('e1 live, e2 ended, e3 live');
    expect(platform.renew('e2')).toBe('begun-anew');
  });

  it.each<[number, string[]]>([
    [2, ['e1', 'e2']],
    [3, ['e1', 'e3']],
    [6, ['e1', 'e2', 'e3']],
    [10, ['e1', 'e4', 'e7', 'e8']],
  ])('of %i, %j silent together take nothing from anybody, however long', (count, dying) => {
    const platform = new Platform(count)
      .pass(5_000)
      .die(...dying)
      .pass(600_000);
    expect(platform.story).toEqual([expect.stringMatching(/^\d+ brake$/)]);
    expect(platform.states()).not.toMatch(/suspended|ended/);
    platform.silent.clear();
    for (const edge of dying) platform.renew(edge);
    platform.pass(2_000);
    expect(platform.story.at(-1)).toMatch(/ go$/);
  });

  it.each<[number, string[]]>([
    [6, ['e1', 'e2']],
    [10, ['e1', 'e2', 'e3']],
  ])('a third of %i or less are believed to be dead', (count, dying) => {
    const platform = new Platform(count)
      .pass(5_000)
      .die(...dying)
      .pass(5_000);
    expect(platform.story.map((line) => line.replace(/^\d+ /, '')).sort()).toEqual(
      dying.map((edge) => `${edge} suspended`),
    );
  });

  it('those suspended before count: a partition that grows slowly stops too, and the suspended ones don’t end meanwhile', () => {
    const platform = new Platform(6).pass(5_000).die('e1', 'e2').pass(30_000).die('e3').pass(120_000);
    expect(platform.story.map((line) => line.replace(/^\d+ /, ''))).toEqual(['e1 suspended', 'e2 suspended', 'brake']);
    expect(platform.states()).toBe('e1 suspended, e2 suspended, e3 live, e4 live, e5 live, e6 live');
  });

  it.each([1_500, 5_000, 30_000, 600_000])('a location that is away for %i ms takes nothing from anybody', (awayMs) => {
    const platform = new Platform(3).pass(5_000);
    platform.stopped = true;
    platform.pass(awayMs);
    platform.stopped = false;
    // Edges need a while to find it again.
    platform.die('e1', 'e2', 'e3').pass(4_000);
    expect(platform.story).toEqual([expect.stringMatching(/^stalled/)]);
    platform.silent.clear();
    platform.pass(60_000);
    expect(platform.states()).toBe('e1 live, e2 live, e3 live');
  });

  it('who was silent before location was away is no more excused than by that time', () => {
    const platform = new Platform(4).pass(5_000).die('e1').pass(5_000);
    platform.stopped = true;
    platform.pass(100_000);
    platform.stopped = false;
    platform.pass(40_000);
    expect(platform.states()).toContain('e1 suspended');
    platform.pass(25_000);
    expect(platform.states()).toContain('e1 ended');
  });
});
