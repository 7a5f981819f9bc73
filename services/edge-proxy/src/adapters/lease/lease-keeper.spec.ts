import { location } from '@ringdown/contracts';
import { createLogger } from '@ringdown/platform';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LeaseKeeper } from './lease-keeper.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const startedAt = 0;

function setUp() {
  const told: string[] = [];
  const log: string[] = [];
  const answers = {
    outcome: location.LeaseOutcome.RENEWED as location.LeaseOutcome | 'away' | 'silent',
    heard: true,
    peers: 2,
  };
  let at = startedAt;
  const renewedAt: number[] = [];
  const keeper = new LeaseKeeper({
    service: {
      renewLease: async (_, context) => {
        renewedAt.push(at);
        if (answers.outcome === 'away') throw new Error('away');
        if (answers.outcome !== 'silent') return { outcome: answers.outcome };
        await new Promise((resolve) => setTimeout(resolve, context?.timeoutMs));
        throw new Error('deadline');
      },
      endLease: async () => {
        told.push('end');
        return {};
      },
    },
    edge: { id: 'e1', incarnation: 'i1' },
    ownsPinholes: false,
    surroundings: () => ({ locationIsHeard: answers.heard, peers: answers.peers }),
    logger: createLogger({
      service: 'edge-proxy',
      level: 'info',
      pretty: false,
      write: (line) => log.push((JSON.parse(line) as { level: string }).level),
    }),
    now: () => at,
    random: () => 0,
    cutOff: (isCutOff) => told.push(isCutOff ? 'cut off' : 'back'),
    move: () => told.push('move'),
  });
  const pass = async (sec: number): Promise<void> => {
    for (const until = at + sec * 1_000; at < until; ) {
      at += 50;
      await vi.advanceTimersByTimeAsync(50);
    }
  };
  return { keeper, told, log, answers, renewedAt, pass };
}

describe('LeaseKeeper', () => {
  it('renews each second, also while nobody answers', async () => {
    const { keeper, answers, renewedAt, pass } = setUp();
    keeper.start();
    await pass(3);
    answers.outcome = 'silent';
    await pass(3);
    expect(renewedAt.map((ms) => Math.round(ms / 100) / 10)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(keeper.counters).toEqual({ renewed: 4, failed: 2 });
    const stopped = keeper.stop();
    await pass(1);
    await stopped;
  });

  it('has phones move once when location is there and doesn’t answer this edge, and lets them stay when it does again', async () => {
    const { keeper, told, log, answers, pass } = setUp();
    keeper.start();
    await pass(5);
    answers.outcome = 'away';
    await pass(3.5);
    expect([keeper.standing, told]).toEqual(['held', []]);
    await pass(20);
    expect([keeper.standing, told]).toEqual(['cut-off', ['cut off', 'move']]);
    answers.outcome = location.LeaseOutcome.RENEWED;
    await pass(1.5);
    expect([keeper.standing, told, log]).toEqual(['held', ['cut off', 'move', 'back'], ['error', 'info']]);
    await keeper.stop();
  });

  it('leaves phones where they are while location is away for all', async () => {
    const { keeper, told, log, answers, pass } = setUp();
    keeper.start();
    await pass(5);
    answers.outcome = 'silent';
    answers.heard = false;
    await pass(60);
    answers.outcome = location.LeaseOutcome.RENEWED;
    await pass(0.8);
    answers.heard = true;
    await pass(5);
    expect([keeper.standing, told, log]).toEqual(['held', [], ['warn', 'info']]);
    await keeper.stop();
  });

  it('has phones move when its lease had ended, and goes on', async () => {
    const { keeper, told, answers, pass } = setUp();
    keeper.start();
    await pass(2);
    answers.outcome = location.LeaseOutcome.BEGUN_ANEW;
    await pass(1);
    answers.outcome = location.LeaseOutcome.RENEWED;
    await pass(5);
    expect([keeper.standing, told]).toEqual(['held', ['move']]);
    await keeper.stop();
  });

  it.each([
    ['after it was cut off', 'away', ['cut off', 'move', 'back', 'move']],
    ['after another had its name', location.LeaseOutcome.SUPERSEDED, ['cut off', 'move', 'back', 'move']],
  ] as const)('has phones move also when its lease had ended %s', async (_, outcome, expected) => {
    const { keeper, told, answers, pass } = setUp();
    keeper.start();
    await pass(2);
    answers.outcome = outcome;
    await pass(10);
    answers.outcome = location.LeaseOutcome.BEGUN_ANEW;
    await pass(0.95);
    expect(told).toEqual(expected);
    await keeper.stop();
  });

  it('gives the lease back once, after a renewal that is under way, and only if it had one', async () => {
    const { keeper, told, pass } = setUp();
    keeper.start();
    await pass(2);
    await keeper.stop();
    await keeper.stop();
    await pass(5);
    expect([told, keeper.counters.renewed]).toEqual([['end'], 3]);
    const never = setUp();
    never.answers.outcome = 'away';
    never.keeper.start();
    await never.pass(2);
    await never.keeper.stop();
    expect(never.told).toEqual([]);
  });
});
