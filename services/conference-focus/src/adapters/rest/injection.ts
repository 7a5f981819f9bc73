/** What the controllers of rooms use: `RoomsDependencies`. */
export const ROOMS = Symbol('Rooms');

/** The `conference.ConferenceService` that the controllers of conferences under way use. */
export const CONFERENCE_SERVICE = Symbol('ConferenceService');
