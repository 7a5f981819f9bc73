export {
  callEvents,
  callStream,
  conferenceEvents,
  directoryEvents,
  type EventFamily,
  edgeEvents,
  focusEvents,
  isTenantToken,
  locationCommits,
  locationEvents,
  platformToken,
  securityEvents,
  tenantOfCallEvent,
  tenantOfSubject,
  traceEvents,
} from './events.js';
export { conference, directory, edge, events, location, siplink } from './gen/index.js';
export type { CallContext, PromiseService } from './service.js';
