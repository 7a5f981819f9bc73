import { describe, expect, it } from 'vitest';
import { type GovernorBounds, RegistrationGovernor } from './registration-governor.js';

/** Numbers that look random and are the same in every run. */
function numbers(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe('a tenant’s rate', () => {
  const at = (governor: RegistrationGovernor, now: number, hasCredentials = false, tenant = 'a', perSec = 2) =>
    governor.retryAfterSec(now, tenant, perSec, hasCredentials);

  it('takes on a second’s worth, and sends the others away one after the other', () => {
    const governor = new RegistrationGovernor();
    const answers = Array.from({ length: 8 }, () => at(governor, 1_000));
    expect(answers).toEqual([undefined, undefined, 1, 1, 2, 2, 3, 3]);
    expect(at(governor, 1_500)).toBeUndefined();
    expect(governor.refused).toEqual({ tenant: 6, edge: 0 });
  });

  it('who has been challenged isn’t kept out by who has not', () => {
    const governor = new RegistrationGovernor();
    const newcomers = Array.from({ length: 100 }, () => at(governor, 0));
    expect(newcomers.filter((each) => each === undefined)).toHaveLength(2);
    expect([at(governor, 0, true), at(governor, 0, true)]).toEqual([undefined, undefined]);
    expect(at(governor, 0, true)).toBeGreaterThan(0);
  });

  it('is each tenant’s own, and 0 is none', () => {
    const governor = new RegistrationGovernor();
    for (let times = 0; times < 10; times += 1) at(governor, 0);
    expect(at(governor, 0, false, 'b')).toBeUndefined();
    expect(Array.from({ length: 100 }, () => at(governor, 0, false, 'c', 0)).every((each) => each === undefined)).toBe(
      true,
    );
  });

  it('nobody is sent away for more than a minute and a half, however many there are', () => {
    const governor = new RegistrationGovernor({}, numbers());
    const answers = Array.from({ length: 10_000 }, () => at(governor, 0) ?? 0);
    expect(Math.max(...answers)).toBeLessThanOrEqual(90);
    // Those whose turn would come later are spread over the second half.
    expect(new Set(answers.slice(5_000)).size).toBeGreaterThan(40);
    expect(Math.min(...answers.slice(5_000))).toBeGreaterThanOrEqual(45);
  });
});

describe('the whole edge', () => {
  const bounds: GovernorBounds = { newcomers: 2, everybody: 3, returnsPerSec: 1 };
  const answer = (governor: RegistrationGovernor, hasCredentials: boolean) =>
    governor.retryAfterSec(0, 'a', 0, hasCredentials);

  it('sends newcomers away first, then everybody, until there are answers', () => {
    const governor = new RegistrationGovernor(bounds);
    governor.began();
    expect([answer(governor, false), answer(governor, true)]).toEqual([undefined, undefined]);
    governor.began();
    expect([answer(governor, false), answer(governor, true)]).toEqual([1, undefined]);
    governor.began();
    expect([answer(governor, false), answer(governor, true)]).toEqual([2, 3]);
    expect([governor.underWay, governor.refused]).toEqual([3, { tenant: 0, edge: 3 }]);
    governor.ended();
    governor.ended();
    expect(answer(governor, false)).toBeUndefined();
  });
});

describe('a wave of 20,000 phones', () => {
  interface Attempt {
    readonly atMs: number;
    readonly phone: number;
    readonly hasCredentials: boolean;
  }

  /**
   * All of them come within a second, answer the challenge after 30 ms, and come back when they are told to. A registrar takes on so many a second.
   * Returns when each was registered and how often it was sent away.
   */
  function wave(perSec: number, registrarPerSec: number) {
    const random = numbers();
    const governor = new RegistrationGovernor({}, random);
    const phones = 20_000;
    const attempts = new Map<number, Attempt[]>();
    const plan = (attempt: Attempt): void => {
      const tick = Math.floor(attempt.atMs / 10);
      attempts.set(tick, [...(attempts.get(tick) ?? []), attempt]);
    };
    for (let phone = 0; phone < phones; phone += 1) plan({ atMs: random() * 1_000, phone, hasCredentials: false });
    const refusals = new Uint16Array(phones);
    let registered = 0;
    let waiting = 0;
    let lastMs = 0;
    for (let tick = 0; registered < phones && tick < 60_000; tick += 1) {
      const now = tick * 10;
      for (const { atMs, phone, hasCredentials } of attempts.get(tick) ?? []) {
        const retryAfterSec = governor.retryAfterSec(now, 'a', perSec, hasCredentials);
        if (retryAfterSec !== undefined) {
          refusals[phone] = (refusals[phone] ?? 0) + 1;
          plan({ atMs: atMs + retryAfterSec * 1_000 + random() * 20, phone, hasCredentials });
        } else if (hasCredentials) {
          governor.began();
          waiting += 1;
        } else plan({ atMs: atMs + 30, phone, hasCredentials: true });
      }
      attempts.delete(tick);
      const answered = Math.min(waiting, registrarPerSec / 100);
      for (let times = 0; times < answered; times += 1) governor.ended();
      waiting -= answered;
      registered += answered;
      if (answered > 0) lastMs = now;
    }
    return { registered, lastSec: lastMs / 1_000, mostRefusals: Math.max(...refusals), waiting };
  }

  it.each([
    ['a tenant’s 200 a second', 200, 2_000, 120],
    ['a tenant’s 500 a second', 500, 2_000, 50],
    ['no rate of the tenant’s, and a registrar that is slow', 0, 400, 60],
  ])('is registered within 180 s, nobody for good refused: %s', (_, perSec, registrarPerSec, withinSec) => {
    const { registered, lastSec, mostRefusals } = wave(perSec, registrarPerSec);
    expect(registered).toBe(20_000);
    expect(lastSec).toBeLessThan(withinSec);
    expect(mostRefusals).toBeLessThan(12);
  });
});
