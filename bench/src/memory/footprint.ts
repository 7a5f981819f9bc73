import { residentBytes } from '../measure/resident-memory.js';
import type { RingdownSystem } from '../systems/ringdown.js';
import { ProcessInspector } from './process-inspector.js';

/** What a process holds: live objects after a garbage collection, and pages that it has from the kernel. */
export interface Footprint {
  readonly liveBytes: number;
  readonly residentBytes: number;
}

/** By the service's name. */
export type Footprints = ReadonlyMap<string, Footprint>;

/** Looks into some services of a system. */
export class FootprintReader {
  private constructor(
    private readonly services: ReadonlyMap<string, { readonly pid: number; readonly inspector: ProcessInspector }>,
  ) {}

  static async open({ apart }: RingdownSystem, names: readonly string[]): Promise<FootprintReader> {
    const services = new Map<string, { pid: number; inspector: ProcessInspector }>();
    for (const service of apart.services.filter(({ name }) => names.includes(name)))
      services.set(service.name, { pid: service.pid, inspector: await ProcessInspector.open(service) });
    return new FootprintReader(services);
  }

  async read(): Promise<Footprints> {
    const read = new Map<string, Footprint>();
    for (const [name, { pid, inspector }] of this.services) {
      const liveBytes = await inspector.liveBytes();
      read.set(name, { liveBytes, residentBytes: residentBytes(pid) });
    }
    return read;
  }

  inspector(name: string): ProcessInspector {
    const service = this.services.get(name);
    if (service === undefined) throw new Error(`${name} is not read`);
    return service.inspector;
  }

  close(): void {
    for (const { inspector } of this.services.values()) inspector.close();
  }
}

/** What each of `units` things costs in each service, in bytes. */
export function bytesPerUnit(before: Footprints, after: Footprints, units: number): Footprints {
  const cost = new Map<string, Footprint>();
  for (const [name, then] of after) {
    const { liveBytes = 0, residentBytes = 0 } = before.get(name) ?? {};
    cost.set(name, {
      liveBytes: (then.liveBytes - liveBytes) / units,
      residentBytes: (then.residentBytes - residentBytes) / units,
    });
  }
  return cost;
}
