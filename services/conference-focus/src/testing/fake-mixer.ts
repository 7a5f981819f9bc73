import type {
  MediaRoom,
  MemberControls,
  MemberMedia,
  MemberPorts,
  MemberStatistics,
  Mixer,
  MixerLoad,
  RoomMediaEvent,
  RoomMediaOptions,
  Sound,
} from '../ports/mixer.js';

/** A room without media: it remembers what it was told, and says what a test wants it to say. */
export class FakeMediaRoom implements MediaRoom {
  /** Tones, each with who hears them: `join everybody`. */
  readonly heard: string[] = [];
  readonly controls = new Map<string, MemberControls>();
  readonly media = new Map<string, MemberMedia>();
  readonly members = new Set<string>();
  readonly recordings: string[] = [];
  isRecording = false;
  isClosed = false;

  constructor(
    readonly name: string,
    readonly mixer: FakeMixer,
    readonly options: RoomMediaOptions,
  ) {}

  /** Says something to the room that listens. */
  emit(event: RoomMediaEvent): void {
    this.options.onEvent(event);
  }

  /** A member presses keys. */
  press(member: string, digits: string): void {
    for (const digit of digits) this.emit({ type: 'dtmf', member, digit });
  }

  async add(member: string, wanted: { readonly family: 'IP4' | 'IP6'; readonly video: boolean }): Promise<MemberPorts> {
    if (this.mixer.freePorts <= 0) throw new Error('no port is free');
    this.mixer.freePorts -= 1;
    this.members.add(member);
    const host = wanted.family === 'IP6' ? '2001:db8::1' : '192.0.2.1';
    const port = this.mixer.nextPort;
    this.mixer.nextPort += 4;
    return { audio: { host, port }, video: wanted.video ? { host, port: port + 2 } : undefined };
  }

  update(member: string, media: MemberMedia): void {
    this.media.set(member, media);
  }

  pictureLost(member: string): void {
    this.heard.push(`picture-lost ${member}`);
  }

  control(member: string, controls: MemberControls): void {
    this.controls.set(member, controls);
  }

  async play(sound: Sound, to: string | 'everybody'): Promise<void> {
    this.heard.push(`${sound.kind === 'tones' ? sound.name : 'samples'} ${to}`);
  }

  async startRecording(path: string): Promise<void> {
    if (this.mixer.diskIsFull) throw new Error('no space left on device');
    this.recordings.push(path);
    this.isRecording = true;
  }

  async stopRecording(): Promise<{ readonly durationMs: number } | undefined> {
    if (!this.isRecording) return undefined;
    this.isRecording = false;
    return { durationMs: 1234 };
  }

  async statistics(): Promise<MemberStatistics | undefined> {
    return undefined;
  }

  async remove(member: string): Promise<void> {
    if (this.members.delete(member)) this.mixer.freePorts += 1;
  }

  async close(): Promise<void> {
    for (const member of this.members) await this.remove(member);
    this.isRecording = false;
    this.isClosed = true;
  }
}

/** A mixer without media, for tests of what commands it. */
export class FakeMixer implements Mixer {
  /** Every room that was ever opened, in their order. */
  readonly rooms: FakeMediaRoom[] = [];
  freePorts = 1_000_000;
  nextPort = 40_000;
  diskIsFull = false;
  /** Whether there is a thread to open rooms on. */
  hasThreads = true;

  /** The room that was opened last. */
  get room(): FakeMediaRoom {
    return this.rooms.at(-1)!;
  }

  open(room: string, options: RoomMediaOptions): FakeMediaRoom {
    if (!this.hasThreads) throw new Error('no mixer thread is left');
    const opened = new FakeMediaRoom(room, this, options);
    this.rooms.push(opened);
    return opened;
  }

  load(): MixerLoad {
    let members = 0;
    for (const room of this.rooms) members += room.members.size;
    return { members, busyShare: 0, lateP99Ms: 0 };
  }

  async close(): Promise<void> {
    for (const room of this.rooms) await room.close();
  }
}
