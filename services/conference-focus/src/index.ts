export type { MemberLeg } from './ports/member-leg.js';
export type { MediaRoom, Mixer, RoomMediaEvent } from './ports/mixer.js';
