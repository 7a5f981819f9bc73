import { type directory, directoryEvents } from '@ringdown/contracts';
import { InProcessBus, silentLogger } from '@ringdown/platform';
import { describe, expect, it } from 'vitest';
import { DirectoryEvents } from './directory-events.js';

type Subject = NonNullable<directory.Change['subject']>;

const change = (position: number, subject: Subject): directory.WatchResponse => ({
  position,
  change: { tenantId: 't1', version: position, subject },
  reset: false,
});
const heartbeat = (position: number, reset = false): directory.WatchResponse => ({ position, reset });
const gone = (position: number, ...addressesOfRecord: string[]) =>
  change(position, { $case: 'subscriber', value: { username: 'a', removed: true, lost: { addressesOfRecord } } });
const kept = (position: number) => change(position, { $case: 'subscriber', value: { username: 'a', removed: false } });
const tenant = (position: number, removed: boolean) => change(position, { $case: 'tenant', value: { removed } });

async function heard(events: readonly directory.WatchResponse[]): Promise<string[]> {
  const bus = new InProcessBus({ logger: silentLogger() });
  const told: string[] = [];
  const listening = new DirectoryEvents(bus, {
    ownerGone: (news) =>
      void told.push(`${news.tenantId} ${news.kind === 'tenant' ? 'tenant' : news.addressesOfRecord.join(' ')}`),
    newsMissed: (after, upTo) => void told.push(`missed ${after}..${upTo}`),
  });
  listening.start();
  for (const event of events) bus.publish(directoryEvents.subject(event), directoryEvents.encode(event));
  await bus.flush();
  listening.stop();
  await bus.close();
  return told;
}

describe('DirectoryEvents', () => {
  it.each<[string, directory.WatchResponse[], string[]]>([
    ['a subscriber removed', [gone(5, 'sip:a@x', 'sip:b@x')], ['t1 sip:a@x sip:b@x']],
    [
      'an identity taken away',
      [
        change(5, {
          $case: 'subscriber',
          value: { username: 'a', removed: false, lost: { addressesOfRecord: ['sip:b@x'] } },
        }),
      ],
      ['t1 sip:b@x'],
    ],
    ['a tenant removed', [tenant(5, true)], ['t1 tenant']],
    ['what removes nothing', [kept(5), tenant(6, false), change(7, { $case: 'subscribers', value: { count: 3 } })], []],
    ['a position that nothing led to', [heartbeat(5), heartbeat(7), gone(8, 'sip:a@x')], ['missed 5..7', 't1 sip:a@x']],
    ['a change after a gap', [gone(5, 'sip:a@x'), gone(8, 'sip:b@x')], ['t1 sip:a@x', 'missed 5..7', 't1 sip:b@x']],
    ['a reset', [heartbeat(5), heartbeat(9, true), heartbeat(9)], ['missed 5..9']],
    ['a change that comes again', [gone(5, 'sip:a@x'), kept(6), gone(5, 'sip:a@x'), heartbeat(6)], ['t1 sip:a@x']],
    ['another database', [heartbeat(50), heartbeat(3), gone(4, 'sip:a@x')], ['t1 sip:a@x']],
    ['the first event, whatever its position', [heartbeat(90), heartbeat(90)], []],
  ])('%s', async (_, events, told) => {
    expect(await heard(events)).toEqual(told);
  });
});
