import { directoryEvents, locationEvents } from '@ringdown/contracts';
import type { Bus, Subscription } from '@ringdown/platform';
import { PositionTracker } from '../../domain/position-tracker.js';
import type { DirectoryCache } from '../cache/directory-cache.js';
import type { LocationCache } from '../cache/location-cache.js';

/** Keeps the caches true by the owning services' change events (D1). Returns what to end with the edge. */
export function feedCaches(bus: Bus, directory: DirectoryCache, location: LocationCache): readonly Subscription[] {
  const directoryPositions = new PositionTracker();
  const locationPositions = new PositionTracker();
  return [
    bus.subscribe(directoryEvents.pattern(), ({ data }) => {
      const event = directoryEvents.decode(data);
      if (event === undefined) return;
      if (event.reset) {
        directoryPositions.reset(event.position);
        directory.distrustAll();
      } else if (event.change === undefined) {
        if (directoryPositions.heartbeat(event.position)) directory.distrustAll();
      } else {
        if (directoryPositions.event(event.position)) directory.distrustAll();
        directory.changed(event.change);
      }
      directory.heard();
    }),
    bus.subscribe(locationEvents.pattern(), ({ data }) => {
      const event = locationEvents.decode(data);
      if (event === undefined) return;
      if (event.event?.$case === 'reset') {
        locationPositions.reset(event.position);
        location.distrustAll();
      } else if (event.event?.$case === 'heartbeat') {
        if (locationPositions.heartbeat(event.position)) location.distrustAll();
      } else if (event.event?.$case === 'changed') {
        if (locationPositions.event(event.position)) location.distrustAll();
        location.changed(event.event.value);
      }
      location.heard();
    }),
  ];
}
