import { performance } from 'node:perf_hooks';
import { EncodeProfiles, type SoundSamples } from '@ringdown/media';
import type { AudioCodecs } from './audio-codecs.js';
import { Lateness } from './lateness.js';
import { LiveRoom } from './live-room.js';
import type { FromThread, RoomNews, ThreadAnswers, ThreadOptions, ThreadQuestion, ToThread } from './messages.js';
import { PortPairs } from './port-range.js';
import { phaseOfNewRoom } from './room-phase.js';
import type { SocketBatch } from './socket-batch.js';
import type { ThreadTime } from './thread-time.js';
import { phases, TickClock } from './tick-clock.js';

const reportMs = 1000;
/** A message wakes another thread, which costs more than a member's tick: what can wait is told for all rooms together, so often at most. */
const newsMs = 100;
/** Then packets and messages have their turn, also where the thread can't keep up. */
const mostTurnsAtOnce = 8;

/** What it was told, and what it has made ready before. */
export interface MixerThreadOptions extends ThreadOptions {
  readonly music: SoundSamples;
  readonly codecs: AudioCodecs;
  /** Sockets of audio that are read and written at each turn; node:dgram without. */
  readonly batch?: SocketBatch | undefined;
}

/** What runs in one thread: its rooms, and the clock that ticks them. It is told by messages, and tells by messages. */
export class MixerThread implements ThreadTime {
  tick = 0;
  nowMs = performance.now();
  readonly profiles = new EncodeProfiles();
  readonly codecs: AudioCodecs;
  readonly #options: MixerThreadOptions;
  readonly #send: (message: FromThread) => void;
  #news: RoomNews[] = [];
  #isNewsUrgent = false;
  #newsToldMs = Number.NEGATIVE_INFINITY;
  readonly #music: SoundSamples;
  readonly #rooms = new Map<number, LiveRoom>();
  readonly #byPhase: LiveRoom[][] = Array.from({ length: phases }, () => []);
  readonly #pairs: PortPairs;
  readonly #clock: TickClock;
  readonly #lateness = new Lateness();
  #timer: NodeJS.Timeout | undefined;
  #timerMs: number | undefined;
  readonly #reports: NodeJS.Timeout;
  #utilization = performance.eventLoopUtilization();

  constructor(options: MixerThreadOptions, post: (message: FromThread) => void) {
    this.#options = options;
    this.#send = post;
    this.#music = options.music;
    this.codecs = options.codecs;
    this.#pairs = new PortPairs(options.ports, options.share, options.shares);
    this.#clock = new TickClock(this.nowMs);
    this.#reports = setInterval(() => this.#report(), reportMs);
  }

  now(): number {
    return performance.now();
  }

  /** Takes one message. */
  handle(message: ToThread): void {
    switch (message.type) {
      case 'open-room':
        this.#open(message.room, message.isMusicForAlone);
        break;
      case 'update':
        this.#rooms.get(message.room)?.update(message.member, message.media);
        break;
      case 'control':
        this.#rooms.get(message.room)?.control(message.member, message.controls);
        break;
      case 'picture-lost':
        this.#rooms.get(message.room)?.pictureLost(message.member);
        break;
      case 'question':
        this.#answer(message.room, message.number, message.question);
        break;
      case 'stop':
        void this.close().then(() => this.#post({ type: 'stopped' }));
        break;
    }
  }

  /** Closes every room; resolves when all ports are free. Nothing runs afterwards. */
  async close(): Promise<void> {
    clearInterval(this.#reports);
    clearTimeout(this.#timer);
    const rooms = [...this.#rooms.values()];
    this.#rooms.clear();
    for (const ofPhase of this.#byPhase) ofPhase.length = 0;
    await Promise.all(rooms.map((room) => room.close()));
    this.#tellNews();
  }

  #tell(news: RoomNews): void {
    this.#news.push(news);
    this.#isNewsUrgent ||= news.event.type !== 'speakers';
  }

  #tellNews(): void {
    if (this.#news.length === 0) return;
    this.#isNewsUrgent = false;
    this.#newsToldMs = this.nowMs;
    const events = this.#news;
    this.#news = [];
    this.#send({ type: 'events', events });
  }

  #post(message: FromThread): void {
    this.#tellNews();
    this.#send(message);
  }

  #open(number: number, isMusicForAlone: boolean): void {
    const phase = phaseOfNewRoom(this.#byPhase.map((rooms) => rooms.reduce((sum, room) => sum + room.cost, 0)));
    const room = new LiveRoom({
      time: this,
      hosts: this.#options,
      pairs: this.#pairs,
      batch: this.#options.batch,
      music: this.#music,
      isMusicForAlone,
      phase,
      tell: (event) => this.#tell({ room: number, event }),
    });
    this.#rooms.set(number, room);
    this.#byPhase[phase]?.push(room);
    this.#wait();
  }

  async #closeRoom(number: number): Promise<void> {
    const room = this.#rooms.get(number);
    if (room === undefined) return;
    this.#rooms.delete(number);
    const ofPhase = this.#byPhase[room.phase] as LiveRoom[];
    ofPhase.splice(ofPhase.indexOf(room), 1);
    await room.close();
  }

  #answer(roomNumber: number, number: number, question: ThreadQuestion): void {
    const room = this.#rooms.get(roomNumber);
    const answered =
      room === undefined ? Promise.reject(new Error('The room is closed')) : this.#ask(roomNumber, room, question);
    answered.then(
      (value) => this.#post({ type: 'answer', number, value }),
      (error: unknown) =>
        this.#post({ type: 'failure', number, reason: error instanceof Error ? error.message : String(error) }),
    );
  }

  async #ask(number: number, room: LiveRoom, question: ThreadQuestion): Promise<ThreadAnswers[ThreadQuestion['type']]> {
    switch (question.type) {
      case 'add':
        return room.add(question.member, question);
      case 'play':
        return new Promise((resolve) => room.play(question.sound, question.to, () => resolve(undefined)));
      case 'start-recording':
        await room.startRecording(question.path);
        return undefined;
      case 'stop-recording':
        return room.stopRecording();
      case 'statistics':
        return room.statistics(question.member);
      case 'remove':
        await room.remove(question.member);
        return undefined;
      case 'close-room':
        await this.#closeRoom(number);
        return undefined;
    }
  }

  readonly #turns = (): void => {
    for (let taken = 0; taken < mostTurnsAtOnce; taken++) {
      const turn = this.#take();
      if (turn < 0) break;
      this.tick = turn;
      const rooms = this.#byPhase[turn % phases] as LiveRoom[];
      if (rooms.length === 0) continue;
      this.#lateness.add(this.nowMs, this.#clock.latenessMs);
      this.#options.batch?.receive();
      for (let index = 0; index < rooms.length; index++)
        rooms[index]?.tick(Math.floor(turn / phases), this.#clock.dueMs);
      this.#options.batch?.flush();
    }
    if (this.#isNewsUrgent || this.nowMs - this.#newsToldMs >= newsMs) this.#tellNews();
    this.#wait();
  };

  #take(): number {
    this.nowMs = performance.now();
    return this.#clock.take(this.nowMs);
  }

  readonly #hasRooms = (phase: number): boolean => (this.#byPhase[phase] as LiveRoom[]).length > 0;

  /** Sleeps until the next turn that somebody needs; a thread without rooms sleeps until it gets one. */
  #wait(): void {
    const waitMs = this.#clock.waitMs(performance.now(), this.#hasRooms);
    const timerMs = waitMs === undefined ? undefined : Math.ceil(waitMs);
    // Where a timer has the same time again, Node keeps what it has made for that time.
    if (timerMs === this.#timerMs) {
      this.#timer?.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = timerMs === undefined ? undefined : setTimeout(this.#turns, timerMs);
    this.#timerMs = timerMs;
  }

  #report(): void {
    const now = performance.now();
    let members = 0;
    for (const room of this.#rooms.values()) {
      members += room.size;
      room.look(now);
    }
    const utilization = performance.eventLoopUtilization();
    const busyShare = performance.eventLoopUtilization(utilization, this.#utilization).utilization;
    this.#utilization = utilization;
    const { late, skipped } = this.#clock.counts;
    const lateP99Ms = this.#lateness.p99Ms(now);
    this.#post({ type: 'load', load: { members, busyShare, lateP99Ms, lateTicks: late, skippedTicks: skipped } });
  }
}
