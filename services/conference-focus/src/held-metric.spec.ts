import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { type Held, measureHeld } from './held-metric.js';

it('tells at each scrape how many of each kind a pod holds on to', async () => {
  const registry = new Registry();
  const held: Record<keyof Held, number> = {
    calls: 1,
    invites: 2,
    dialogs: 3,
    paths: 4,
    subscriptions: 5,
    transactions: 6,
    timers: 7,
    homes: 8,
    mixer_rooms: 9,
    mixer_questions: 10,
  };
  measureHeld(registry, () => held);
  const values = async () =>
    [...(await registry.metrics()).matchAll(/^ringdown_conference_held\{what="(\w+)"\} (\d+)$/gm)].map(
      ([, what, count]) => [what, Number(count)],
    );
  expect(await values()).toEqual(Object.entries(held));
  for (const what of Object.keys(held) as (keyof Held)[]) held[what] = 0;
  expect(await values()).toEqual(Object.entries(held));
});
