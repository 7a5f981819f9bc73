import { Gauge, type Registry } from 'prom-client';

/** What a pod holds on to for its conferences: how many of each kind. Each is 0 a while after the last conference has ended. */
export type Held = Readonly<
  Record<
    | 'calls'
    | 'invites'
    | 'dialogs'
    | 'paths'
    | 'subscriptions'
    | 'transactions'
    | 'timers'
    | 'homes'
    | 'mixer_rooms'
    | 'mixer_questions',
    number
  >
>;

/** Measures what a pod holds on to, so that what is never let go of is seen. */
export function measureHeld(registry: Registry, held: () => Held): void {
  const gauge = new Gauge({
    name: 'ringdown_conference_held',
    help: 'What this pod holds on to for its conferences, by kind; questions are those that a thread of the mixer has not answered yet',
    labelNames: ['what'],
    registers: [],
    collect() {
      for (const [what, count] of Object.entries(held())) this.set({ what }, count);
    },
  });
  registry.registerMetric(gauge);
}
