import { type location, locationEvents } from '@ringdown/contracts';
import { type Bus, createMetrics, InProcessBus, type Logger, silentLogger, Tracing } from '@ringdown/platform';
import { LocationRuntime, type LocationRuntimeOptions } from '../location-runtime.js';

/** A replica of location on a test's database. */
export async function openReplica(
  postgresUrl: string,
  o: Partial<LocationRuntimeOptions> & { bus?: Bus; logger?: Logger } = {},
): Promise<LocationRuntime> {
  const logger = o.logger ?? silentLogger();
  return LocationRuntime.open({
    postgresUrl,
    logger,
    tracing: await Tracing.open({ service: 'location', sampling: 0, key: 'test', otlpEndpoint: undefined }),
    bus: o.bus ?? new InProcessBus({ logger }),
    metrics: createMetrics('location'),
    ...o,
  });
}

/** Collects the location events of a bus. */
export function eventsOf(bus: Bus): location.WatchResponse[] {
  const events: location.WatchResponse[] = [];
  bus.subscribe(locationEvents.pattern(), (message) => {
    const event = locationEvents.decode(message.data);
    if (event !== undefined) events.push(event);
  });
  return events;
}

/** `position address version reason [keys]` of each change among the events. */
export function describeChanges(events: readonly location.WatchResponse[]): string[] {
  return events.flatMap(({ position, event }) => {
    if (event?.$case !== 'changed') return [];
    const { addressOfRecord, version, reason, bindings } = event.value;
    return [`${position} ${addressOfRecord} ${version} ${reason} [${bindings.map((b) => b.bindingKey).join(' ')}]`];
  });
}

/** The value of an outcome that has to be `ok`. */
export function okOf(response: location.BindResponse): location.BindOk {
  if (response.outcome?.$case !== 'ok') throw new Error(`bind ended as ${String(response.outcome?.$case)}`);
  return response.outcome.value;
}
