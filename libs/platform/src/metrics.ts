import { collectDefaultMetrics, Registry } from 'prom-client';

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
  return registry;
}

/** The text of several registries as one exposition (Prometheus text format 0.0.4), each metric's HELP and TYPE once. */
export async function mergedMetrics(registries: readonly Registry[]): Promise<string> {
  const families = new Map<string, string[]>();
  const order: string[] = [];
  for (const registry of registries) {
    for (const block of (await registry.metrics()).split('\n\n')) {
      if (block.trim() === '') continue;
      const name = /^# HELP (\S+)/.exec(block)?.[1] ?? block;
      const lines = block.trimEnd().split('\n');
      const known = families.get(name);
      if (known === undefined) {
        families.set(name, lines);
        order.push(name);
      } else known.push(...lines.filter((line) => !line.startsWith('#')));
    }
  }
  return order.map((name) => `${(families.get(name) ?? []).join('\n')}\n`).join('\n');
}
