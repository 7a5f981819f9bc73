export { createLocation, type RunningLocation } from './create-location.js';
export { LocationModule } from './location.module.js';
export {
  defaultTimes,
  LocationRuntime,
  type LocationRuntimeOptions,
  type LocationTimes,
  migrationsDir,
} from './location-runtime.js';
