export { RecordingFolder } from './adapters/files/recording-folder.js';
export type { MixerOptions } from './adapters/mixer/mixer-options.js';
export { WorkerMixer } from './adapters/mixer/worker-mixer.js';
export { processTimers } from './adapters/process-timers.js';
export { ConferenceControl, type ConferenceControlOptions } from './conference-control.js';
export { migrationsDir } from './conference-focus-runtime.js';
export {
  type CreateConferenceFocusOptions,
  createConferenceFocus,
  type RunningConferenceFocus,
} from './create-conference-focus.js';
export type { Actor } from './domain/actor.js';
export type {
  ControlCommand,
  ControlFailure,
  ControlResult,
  DialOutOutcome,
  InvitationProgress,
} from './domain/control-command.js';
export type { Refusal, RefusalReason } from './domain/refusal.js';
export { adHocRoomName, FACTORY_NAME, isAdHoc, isRoomName } from './domain/room-name.js';
export { DEFAULT_SETTINGS, type Pin, type RecordingPolicy, type RoomSettings } from './domain/room-settings.js';
export type { Roster, RosterChange, RosterEndpoint, RosterMedia, RosterUser } from './domain/roster.js';
export { type ConferenceLimits, NO_LIMITS } from './domain/tenant-limits.js';
export type {
  ConferenceEvent,
  ConferenceEvents,
  EndReason,
  EventMember,
  JoinRefused,
} from './ports/conference-events.js';
export type { DialOut, DialOutRequest } from './ports/dial-out.js';
export type { ClaimOutcome, Homes } from './ports/homes.js';
export type { HangUp, MemberLeg } from './ports/member-leg.js';
export type { AudioCodec, MediaRoom, Mixer, RoomMediaEvent } from './ports/mixer.js';
export type { Recordings } from './ports/recordings.js';
export type { ConferenceTenant, RoomDirectory } from './ports/room-directory.js';
export type { Timers } from './ports/timers.js';
export type { Conference, ConferenceMember, Conferences, JoinOutcome, JoinRequest } from './use-cases/conference.js';
export { type ConferencesOptions, PodConferences } from './use-cases/conferences.js';
export { fullDocument, partialDocument, ROSTER_CONTENT_TYPE } from './use-cases/roster-document.js';
