import { beforeEach, describe, expect, it } from 'vitest';
import type { CapturedMessage } from '../../domain/captured-message.js';
import { KeptCalls } from './kept-calls.js';

let now: number;
let ring: { callId: string; raw: string }[];
let kept: KeptCalls;

beforeEach(() => {
  now = 1_000_000;
  ring = [];
  kept = new KeptCalls({
    bytes: 10_000,
    now: () => now,
    ring: {
      find: async (callId, since = 0) => ({
        messages: ring.filter((each, at) => at >= since && each.callId === callId) as unknown as CapturedMessage[],
        next: ring.length,
      }),
    },
  });
});

function texts(callId: string): readonly string[] | undefined {
  return kept.find(callId)?.messages.map(({ raw }) => raw);
}

describe('KeptCalls', () => {
  it('takes over what there is and what comes, once each', async () => {
    ring.push({ callId: 'a', raw: '1' }, { callId: 'b', raw: '2' });
    kept.keep('a', 'failed');
    await kept.collect();
    ring.push({ callId: 'a', raw: '3' });
    kept.keep('a', 'failed');
    await Promise.all([kept.collect(), kept.collect()]);
    expect(texts('a')).toEqual(['1', '3']);
    expect(texts('b')).toBeUndefined();
    expect(kept.find('a')).toMatchObject({ reason: 'failed', next: 3 });
  });

  it.each([
    ['failed', 10_000],
    ['slow', 60_000],
    ['operator', 600_000],
  ] as const)(
    'looks for the messages of a call kept as %s for %i ms, and keeps them for an hour',
    async (reason, ms) => {
      ring.push({ callId: 'a', raw: '1' });
      kept.keep('a', reason);
      now += ms;
      await kept.collect();
      now += 1;
      ring.push({ callId: 'a', raw: 'too late' });
      await kept.collect();
      expect(texts('a')).toEqual(['1']);
      now = 1_000_000 + 3_600_000;
      await kept.collect();
      expect(texts('a')).toEqual(['1']);
      now += 1;
      await kept.collect();
      expect(kept.size).toBe(0);
      expect(kept.bytes).toBe(0);
    },
  );

  it('forgets calls of other edges soon', async () => {
    kept.keep('a', 'failed');
    now += 10_001;
    await kept.collect();
    expect(kept.has('a')).toBe(false);
  });

  it('lets the oldest calls go where there is no more room', async () => {
    for (const callId of ['a', 'b', 'c']) {
      ring.push({ callId, raw: 'x'.repeat(4_000) });
      kept.keep(callId, 'failed');
      now += 1;
    }
    await kept.collect();
    expect([...'abc'].map((callId) => kept.has(callId))).toEqual([false, true, true]);
    expect(kept.bytes).toBe(8_400);
  });

  it('goes on for longer when somebody asks, with what it has', async () => {
    ring.push({ callId: 'a', raw: '1' });
    kept.keep('a', 'failed');
    await kept.collect();
    now += 20_000;
    kept.keep('a', 'operator');
    ring.push({ callId: 'a', raw: '2' });
    await kept.collect();
    expect(texts('a')).toEqual(['1', '2']);
    expect(kept.find('a')?.reason).toBe('operator');
    kept.keep('a', 'slow');
    expect(kept.find('a')?.reason).toBe('operator');
  });

  it('looks for no more than five hundred at once', async () => {
    for (let i = 0; i < 600; i++) kept.keep(`c${i}`, 'failed');
    expect(kept.size).toBe(500);
  });
});
