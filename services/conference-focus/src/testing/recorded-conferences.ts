import type { Refusal } from '../domain/refusal.js';
import type { DisconnectionMethod } from '../domain/roster.js';
import type { MemberMedia } from '../ports/mixer.js';
import type { Conference, ConferenceMember, Conferences, JoinOutcome, JoinRequest } from '../use-cases/conferences.js';

/** What became of one who asked to join. */
export class RecordedMember implements ConferenceMember {
  readonly ports;
  readonly media: MemberMedia[] = [];
  isConnected = false;
  picturesLost = 0;
  isAlerting = false;
  leaving: { how: DisconnectionMethod; why: string } | undefined;

  constructor(
    readonly id: string,
    readonly conference: Conference,
    readonly asked: JoinRequest,
    port: number,
  ) {
    const host = asked.family === 'IP6' ? '2001:db8::f' : '198.51.100.7';
    const video = asked.wantsVideo && conference.media.video ? { host, port: port + 2 } : undefined;
    this.ports = { audio: { host, port }, video };
  }

  mediaAgreed(media: MemberMedia): void {
    this.media.push(media);
  }

  pictureLost(): void {
    this.picturesLost += 1;
  }

  alerting(): void {
    this.isAlerting = true;
  }

  connected(): void {
    this.isConnected = true;
  }

  left(how: DisconnectionMethod, why: string): void {
    this.leaving ??= { how, why };
  }
}

/** Conferences that let everybody in and remember what they are told. */
export class RecordedConferences implements Conferences {
  readonly members: RecordedMember[] = [];
  /** Addresses of record. */
  readonly moderators = new Set<string>();
  /** What every room asks of offers. */
  media = { srtpRequired: false, video: false };
  /** Answers the next that ask, in the place of letting them in. */
  refuses: Refusal | undefined;
  /** Holds answers back until it resolves. */
  gate: Promise<void> = Promise.resolve();
  readonly #rooms = new Map<string, Conference>();
  #adHoc = 0;

  get last(): RecordedMember {
    const last = this.members.at(-1);
    if (last === undefined) throw new Error('nobody has joined');
    return last;
  }

  async join(request: JoinRequest): Promise<JoinOutcome> {
    await this.gate;
    if (this.refuses !== undefined) return this.refuses;
    const conference = this.open(request.tenantId, request.room);
    const id = `m${this.members.length + 1}`;
    const member = new RecordedMember(id, conference, request, 20_000 + 4 * this.members.length);
    this.members.push(member);
    return { kind: 'joined', member };
  }

  open(tenantId: string, room: string): Conference {
    const known = this.#rooms.get(`${tenantId} ${room}`);
    if (known !== undefined) return known;
    const conference: Conference = {
      tenantId,
      room,
      id: `c-${room}`,
      uri: `sip:${room}@${tenantId}.test`,
      media: this.media,
      roster: () => {
        throw new Error('there is no roster here');
      },
      changed: () => () => {},
      isModerator: (actor) => actor.kind === 'user' && this.moderators.has(actor.uri),
      isMember: (uri) => this.members.some((member) => member.asked.uri === uri && member.leaving === undefined),
      control: () => Promise.resolve({ ok: true }),
    };
    this.#rooms.set(`${tenantId} ${room}`, conference);
    return conference;
  }

  find(tenantId: string, room: string): Conference | undefined {
    return this.#rooms.get(`${tenantId} ${room}`);
  }

  all(): Iterable<Conference> {
    return this.#rooms.values();
  }

  adHocRoomName(): string {
    this.#adHoc += 1;
    return `adhoc-${String(this.#adHoc).padStart(12, '0')}`;
  }

  drain(): void {}

  endAll(): Promise<void> {
    return Promise.resolve();
  }
}
