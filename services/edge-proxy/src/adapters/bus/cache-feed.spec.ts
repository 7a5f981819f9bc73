import { type directory, directoryEvents, location, locationEvents } from '@ringdown/contracts';
import { InProcessBus, silentLogger } from '@ringdown/platform';
import { describe, expect, it } from 'vitest';
import type { DirectoryCache } from '../cache/directory-cache.js';
import type { LocationCache } from '../cache/location-cache.js';
import { feedCaches } from './cache-feed.js';

/** A cache that only notes what it is told. */
function recorder() {
  const told: string[] = [];
  const cache = {
    changed: () => told.push('changed'),
    heard: () => told.push('heard'),
    distrustAll: () => told.push('distrust'),
  };
  return { told, cache };
}

function setUp() {
  const bus = new InProcessBus({ logger: silentLogger() });
  const [forDirectory, forLocation] = [recorder(), recorder()];
  const subscriptions = feedCaches(
    bus,
    forDirectory.cache as unknown as DirectoryCache,
    forLocation.cache as unknown as LocationCache,
  );
  return { bus, told: { directory: forDirectory.told, location: forLocation.told }, subscriptions };
}

type Step = readonly ['change' | 'position' | 'reset', position: number];

const publishers = {
  directory: (bus: InProcessBus, [kind, position]: Step) => {
    const change: directory.Change = {
      tenantId: 'acme',
      version: position,
      subject: { $case: 'domain', value: { domain: 'a.test', removed: false } },
    };
    const event: directory.WatchResponse = {
      position,
      reset: kind === 'reset',
      ...(kind === 'change' ? { change } : {}),
    };
    bus.publish(directoryEvents.subject(event), directoryEvents.encode(event));
  },
  location: (bus: InProcessBus, [kind, position]: Step) => {
    const value = {
      tenantId: 'acme',
      addressOfRecord: 'sip:a@b',
      version: 1,
      bindings: [],
      reason: location.ChangeReason.REGISTERED,
    };
    const event: location.WatchResponse = {
      position,
      event:
        kind === 'change'
          ? { $case: 'changed', value }
          : kind === 'position'
            ? { $case: 'heartbeat', value: {} }
            : { $case: 'reset', value: {} },
    };
    bus.publish(locationEvents.subject(event), locationEvents.encode(event));
  },
} as const;

describe.each(['directory', 'location'] as const)('%s’s events', (service) => {
  it.each([
    { name: 'a change', steps: [['change', 5]], told: ['changed', 'heard'] },
    { name: 'a position', steps: [['position', 5]], told: ['heard'] },
    {
      name: 'changes without a gap',
      steps: [
        ['change', 5],
        ['change', 6],
        ['position', 6],
      ],
      told: ['changed', 'heard', 'changed', 'heard', 'heard'],
    },
    {
      name: 'a change that was missed',
      steps: [
        ['change', 5],
        ['change', 7],
      ],
      told: ['changed', 'heard', 'distrust', 'changed', 'heard'],
    },
    {
      name: 'one that the position tells of',
      steps: [
        ['change', 5],
        ['position', 6],
      ],
      told: ['changed', 'heard', 'distrust', 'heard'],
    },
    {
      name: 'a publisher that counts anew',
      steps: [
        ['change', 5],
        ['reset', 1],
        ['change', 2],
      ],
      told: ['changed', 'heard', 'distrust', 'heard', 'changed', 'heard'],
    },
  ] as const)('$name', async ({ steps, told: expected }) => {
    const { bus, told } = setUp();
    for (const step of steps) publishers[service](bus, step);
    await bus.flush();
    expect(told[service]).toEqual(expected);
    expect(told[service === 'directory' ? 'location' : 'directory']).toEqual([]);
  });

  it('what can’t be read is passed over', async () => {
    const { bus, told } = setUp();
    const subject = service === 'directory' ? 'ringdown.v1.acme.directory.domain' : 'ringdown.v1.acme.location.changed';
    bus.publish(subject, Buffer.from([255, 255, 255]));
    await bus.flush();
    expect(told[service]).toEqual([]);
  });

  it('end with the subscriptions', async () => {
    const { bus, told, subscriptions } = setUp();
    for (const subscription of subscriptions) subscription.unsubscribe();
    publishers[service](bus, ['change', 1]);
    await bus.flush();
    expect(told[service]).toEqual([]);
  });
});
