export {
  callEvents,
  callStream,
  directoryEvents,
  type EventFamily,
  edgeEvents,
  isTenantToken,
  locationEvents,
  platformToken,
  securityEvents,
  tenantOfSubject,
} from './events.js';
export { directory, events, location, siplink } from './gen/index.js';
export type { CallContext, PromiseService } from './service.js';
