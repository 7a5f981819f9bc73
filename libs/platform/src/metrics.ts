import { performance } from 'node:perf_hooks';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Health } from './health.js';
import { readCounter, readGauge } from './readings.js';

/** One service's metrics. Nothing is registered with prom-client's process-wide registry. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  return registry;
}

/** Node's own metrics (CPU, memory, event loop), once a process. */
export function createProcessMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  readCounter(registry, {
    name: 'nodejs_eventloop_seconds_total',
    help: 'Time of the event loop since the start, by what it did: active or idle. The share of active is how busy the one thread is',
    read: () => {
      const { active, idle } = performance.eventLoopUtilization();
      return [
        [{ state: 'active' }, active / 1_000],
        [{ state: 'idle' }, idle / 1_000],
      ];
    },
  });
  return registry;
}

/** Whether the process is ready, and what for; the checks of /readyz are made at each scrape. */
export function createHealthMetrics(health: Health): Registry {
  const registry = new Registry();
  readGauge(registry, {
    name: 'ringdown_ready',
    help: 'Whether each check of /readyz passes: 1, or 0',
    read: async () => {
      const { checks } = await health.readiness();
      return checks.map(({ name, ready }) => [{ check: name }, ready ? 1 : 0] as const);
    },
  });
  return registry;
}
