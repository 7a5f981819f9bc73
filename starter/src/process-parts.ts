import { isIPv6 } from 'node:net';
import {
  type Bus,
  createProcessMetrics,
  createServiceContext,
  InProcessBus,
  type Logger,
  meteredBus,
  NatsBus,
  type ProcessContext,
  type RunningService,
  type ServiceContext,
  type Settings,
  type Shutdown,
} from '@ringdown/platform';

/** What a process has started so far, newest first, which is the order to stop it in. */
export class Started {
  readonly #services: RunningService[] = [];
  readonly #contexts: ServiceContext[] = [];
  /** Of the process as a whole, whatever services it runs. */
  readonly processMetrics = createProcessMetrics();

  keep<S extends RunningService>(service: S): S {
    this.#services.unshift(service);
    return service;
  }

  /** The context of one more service of the process; its tracing is stopped after the service. */
  async contextOf(process: ProcessContext, name: string, instance?: string): Promise<ServiceContext> {
    const context = await createServiceContext(process, name, instance);
    this.#contexts.push(context);
    this.keep({ name: `${name} tracing`, drain: async () => {}, stop: () => context.tracing.stop() });
    return context;
  }

  get registries() {
    return [this.processMetrics, ...this.#contexts.map((context) => context.metrics)];
  }

  handTo(shutdown: Shutdown): void {
    for (const service of this.#services) shutdown.add(service);
  }
}

/** Connects to NATS where the setting names one, otherwise events stay in the process. */
export async function openBus(settings: Settings, logger: Logger, started: Started): Promise<Bus> {
  const bus =
    settings.natsUrl === undefined
      ? new InProcessBus({ logger })
      : await NatsBus.connect({ url: settings.natsUrl, name: 'ringdown', replicas: settings.natsReplicas, logger });
  started.keep({ name: 'bus', drain: async () => {}, stop: () => bus.close() });
  return meteredBus(bus, started.processMetrics);
}

/** As in a URI: IPv6 in brackets. */
export function hostPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
