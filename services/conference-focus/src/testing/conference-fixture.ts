import type { DialOutOutcome } from '../domain/control-command.js';
import type { Refusal } from '../domain/refusal.js';
import type { RoomSettings } from '../domain/room-settings.js';
import type { RosterEndpoint } from '../domain/roster.js';
import type { ConferenceEvent, ConferenceEvents, JoinRefused } from '../ports/conference-events.js';
import type { DialOut, DialOutRequest } from '../ports/dial-out.js';
import type { Conference, ConferenceMember, JoinRequest } from '../use-cases/conference.js';
import { PodConferences } from '../use-cases/conferences.js';
import { audio, FakeLeg } from './fake-leg.js';
import { FakeMixer } from './fake-mixer.js';
import { FakeHomes, FakeRooms } from './fake-rooms.js';
import { SimulatedTime } from './simulated-time.js';

/** Events in a list. */
export class RecordedEvents implements ConferenceEvents {
  readonly all: ConferenceEvent[] = [];
  readonly refusals: JoinRefused[] = [];

  happened(event: ConferenceEvent): void {
    this.all.push(event);
  }

  refused(refusal: JoinRefused): void {
    this.refusals.push(refusal);
  }

  /** The types of what has happened since it was last asked. */
  types(): string[] {
    const types = this.all.map(({ type }) => type);
    this.all.length = 0;
    return types;
  }
}

/** Calls nobody, and remembers whom it was to call. */
export class FakeDialOut implements DialOut {
  readonly requests: DialOutRequest[] = [];
  outcome: DialOutOutcome = { kind: 'failed', statusCode: 486, reasonPhrase: 'Busy Here' };

  async invite(request: DialOutRequest): Promise<DialOutOutcome> {
    this.requests.push(request);
    return this.outcome;
  }
}

export interface Joined {
  readonly member: ConferenceMember;
  readonly leg: FakeLeg;
  readonly id: string;
}

/** Whole numbers that a seed decides. */
export function seededRandomInt(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The conferences of a pod without signalling, media and time; the room `sales` of `acme` with these settings. */
export class ConferenceFixture {
  readonly time = new SimulatedTime();
  readonly mixer = new FakeMixer();
  readonly rooms = new FakeRooms();
  readonly homes = new FakeHomes();
  readonly events = new RecordedEvents();
  readonly dialOut = new FakeDialOut();
  readonly conferences: PodConferences;
  /** Why conferences weren't recorded that had to be. */
  readonly unrecorded: string[] = [];

  constructor(room: Partial<RoomSettings> = {}) {
    this.rooms.put(room);
    this.conferences = new PodConferences({
      mixer: this.mixer,
      rooms: this.rooms,
      homes: this.homes,
      events: this.events,
      recordings: {
        path: async (tenantId, name) => `/recordings/${tenantId}/${name}.wav`,
        failed: (_tenantId, _room, _conferenceId, reason) => void this.unrecorded.push(reason),
      },
      timers: this.time,
      dialOut: () => this.dialOut,
      now: this.time.now,
      randomInt: seededRandomInt(1),
    });
  }

  get conference(): Conference {
    const conference = this.conferences.find('acme', 'sales');
    if (conference === undefined) throw new Error('the conference is not open');
    return conference;
  }

  request(user: string, changes: Partial<JoinRequest> = {}): JoinRequest {
    return {
      tenantId: 'acme',
      room: 'sales',
      uri: `sip:${user}@acme.test`,
      isAuthenticated: true,
      displayName: user,
      isModerator: false,
      leg: new FakeLeg(),
      how: 'dialed-in',
      family: 'IP4',
      wantsVideo: false,
      ...changes,
    };
  }

  /** Somebody dials in, and its call is answered; it fails where it is refused. */
  async join(user: string, changes: Partial<JoinRequest> = {}): Promise<Joined> {
    const leg = new FakeLeg();
    const outcome = await this.conferences.join(this.request(user, { leg, ...changes }));
    if (outcome.kind === 'refused') throw new Error(`${user} was refused: ${outcome.statusCode} ${outcome.why}`);
    const { member } = outcome;
    member.mediaAgreed(audio());
    member.connected();
    return { member, leg, id: member.id };
  }

  /** Somebody dials in and is refused; it fails where it is let in. */
  async refused(user: string, changes: Partial<JoinRequest> = {}): Promise<Refusal> {
    const outcome = await this.conferences.join(this.request(user, changes));
    if (outcome.kind === 'joined') throw new Error(`${user} was let in`);
    return outcome;
  }

  endpoint(id: string): RosterEndpoint | undefined {
    for (const user of this.conference.roster().users) {
      for (const endpoint of user.endpoints) if (endpoint.memberId === id) return endpoint;
    }
    return undefined;
  }

  /** What the mixer was told last of a member. */
  controls({ id }: { readonly id: string }) {
    return this.mixer.room.controls.get(id);
  }
}
