import { randomBytes } from 'node:crypto';
import {
  type MixOutput,
  type MixSink,
  RoomMix,
  recordedRate,
  type SoundSamples,
  samplesSound,
  tickMs,
  toneSound,
} from '@ringdown/media';
import type {
  MemberControls,
  MemberMedia,
  MemberPorts,
  MemberStatistics,
  RoomMediaEvent,
  Sound,
} from '../ports/mixer.js';
import { AudioMember } from './audio-member.js';
import { DgramSocket } from './dgram-socket.js';
import type { OpenMediaSocket } from './media-socket.js';
import type { MediaHost, ThreadOptions } from './messages.js';
import type { PortPairs } from './port-range.js';
import { RoomVideo } from './room-video.js';
import type { SocketBatch } from './socket-batch.js';
import { openSocketPair, type SocketPair } from './socket-pair.js';
import { SpeakerNews } from './speaker-news.js';
import type { StreamTransport } from './stream-transport.js';
import type { ThreadTime } from './thread-time.js';
import { WavRecording } from './wav-recording.js';

/** What a room needs of its thread. */
export interface LiveRoomOptions {
  readonly time: ThreadTime;
  readonly hosts: Pick<ThreadOptions, 'ip4' | 'ip6'>;
  readonly pairs: PortPairs;
  /** Of audio; undefined for node:dgram. */
  readonly batch: SocketBatch | undefined;
  readonly music: SoundSamples;
  readonly isMusicForAlone: boolean;
  /** In which of the thread's turns it is mixed. */
  readonly phase: number;
  readonly tell: (event: RoomMediaEvent) => void;
}

/** One room on a thread: its members' sockets and their mix. */
export class LiveRoom implements MixSink<AudioMember> {
  readonly phase: number;
  readonly #options: LiveRoomOptions;
  readonly #mix: RoomMix<AudioMember>;
  readonly #video: RoomVideo;
  readonly #speakers: SpeakerNews;
  readonly #members = new Map<string, AudioMember>();
  /** Members whose ports are being opened. */
  readonly #coming = new Map<string, Promise<MemberPorts>>();
  #firstTurn = -1;
  #nowMs = 0;
  #recording: WavRecording | undefined;
  #isClosed = false;

  constructor(options: LiveRoomOptions) {
    this.#options = options;
    this.phase = options.phase;
    this.#mix = new RoomMix<AudioMember>(options);
    this.#video = new RoomVideo(options.time, options.tell);
    this.#speakers = new SpeakerNews((members) => options.tell({ type: 'speakers', members }));
  }

  get size(): number {
    return this.#members.size;
  }

  /** Of its ticks, see `costOf`. */
  get cost(): number {
    let cost = 1;
    for (const member of this.#members.values()) cost += member.cost;
    return cost;
  }

  /** Opens a member's ports. Rejects where none can be opened. */
  add(id: string, wanted: { readonly family: 'IP4' | 'IP6'; readonly video: boolean }): Promise<MemberPorts> {
    if (this.#members.has(id) || this.#coming.has(id)) return Promise.reject(new Error(`${id} is in the room already`));
    const coming = this.#add(id, wanted).finally(() => this.#coming.delete(id));
    this.#coming.set(id, coming);
    return coming;
  }

  async #add(
    id: string,
    { family, video }: { readonly family: 'IP4' | 'IP6'; readonly video: boolean },
  ): Promise<MemberPorts> {
    const host = this.#hostOf(family);
    const cname = newCname();
    const member = new AudioMember(id, cname, this.#options.time, this.#options.tell);
    const sockets = await this.#open(host, member.transport, this.#options.batch);
    const shown = video ? this.#video.add(id, cname) : undefined;
    let videoPort: number | undefined;
    try {
      if (shown !== undefined) videoPort = (await this.#open(host, shown.transport)).port;
      if (this.#isClosed) throw new Error('The room is closed');
    } catch (error) {
      await Promise.all([member.close(), this.#video.remove(id)]);
      throw error;
    }
    this.#members.set(id, member);
    this.#mix.add(member);
    return {
      audio: { host: host.advertisedHost, port: sockets.port },
      video: videoPort === undefined ? undefined : { host: host.advertisedHost, port: videoPort },
    };
  }

  /** Video is read as it comes: its bursts are more than sockets hold between two ticks, and it is passed on at once. */
  async #open(host: MediaHost, transport: StreamTransport, batch?: SocketBatch): Promise<SocketPair> {
    const open: OpenMediaSocket = batch === undefined ? DgramSocket.open : (...where) => batch.open(...where);
    const sockets = await openSocketPair(open, host.host, this.#options.pairs, {
      rtp: transport.received,
      rtcp: transport.receivedRtcp,
    });
    transport.opened(sockets);
    return sockets;
  }

  update(id: string, media: MemberMedia): void {
    this.#members.get(id)?.update(media.audio, this.#nextMs);
    this.#video.update(id, media.video);
  }

  control(id: string, controls: MemberControls): void {
    this.#members.get(id)?.control(controls);
    this.#video.control(id, controls);
  }

  /** A member's signalling says that it has lost the picture. */
  pictureLost(id: string): void {
    this.#video.pictureLost(id, this.#options.time.now());
  }

  /** `ended` is called when the sound has been heard to its end, or could not be. */
  play(sound: Sound, to: string, ended: () => void): void {
    const samples = sound.kind === 'tones' ? toneSound(sound.name) : samplesSound(sound.samples, sound.sampleRate);
    if (to === 'everybody') {
      if (this.#members.size === 0) ended();
      else this.#mix.announce(samples, ended);
      return;
    }
    const member = this.#members.get(to);
    if (member === undefined) ended();
    else member.sounds.add(samples, ended);
  }

  statistics(id: string): MemberStatistics | undefined {
    return this.#members.get(id)?.statistics;
  }

  /** Resolves when the ports are free. */
  async remove(id: string): Promise<void> {
    await this.#coming.get(id)?.catch(() => undefined);
    const member = this.#members.get(id);
    if (member === undefined) return;
    this.#members.delete(id);
    this.#mix.remove(member);
    await Promise.all([member.close(), this.#video.remove(id)]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#coming.keys(), ...this.#members.keys()].map((id) => this.remove(id)));
    this.#mix.close();
    await this.stopRecording();
  }

  /** One tick. `turn`: of the thread's clock, one for each tick. */
  tick(turn: number, nowMs: number): void {
    if (this.#firstTurn < 0) this.#firstTurn = turn;
    this.#nowMs = nowMs;
    this.#speakers.tick(nowMs, this.#mix.advance(turn - this.#firstTurn, nowMs, this));
    this.#recording?.write(turn, this.#mix.recorded());
    const { members } = this.#mix;
    for (let index = 0; index < members.length; index++) members[index]?.afterTick(nowMs);
    this.#video.tick(nowMs, this.#mix.speaking);
  }

  /** Once a second. */
  look(nowMs: number): void {
    for (const member of this.#members.values()) member.checkSilence(nowMs);
  }

  /** Resolves when the file is open; rejects where it can't be, or there is a recording already. */
  async startRecording(path: string): Promise<void> {
    if (this.#recording !== undefined) throw new Error('The room is being recorded already');
    const recording = await WavRecording.open(path, recordedRate);
    if (this.#isClosed || this.#recording !== undefined) {
      await recording.end();
      throw new Error(this.#isClosed ? 'The room is closed' : 'The room is being recorded already');
    }
    this.#recording = recording;
  }

  /** Resolves with the length when the file is whole; with undefined where there is none. */
  async stopRecording(): Promise<{ readonly durationMs: number } | undefined> {
    const recording = this.#recording;
    this.#recording = undefined;
    return recording?.end();
  }

  packet(member: AudioMember, output: MixOutput, index: number): void {
    member.send(output, index, this.#nowMs);
  }

  /** When the next tick begins, in the room's time. */
  get #nextMs(): number {
    return (this.#mix.tick + 1) * tickMs;
  }

  #hostOf(family: 'IP4' | 'IP6'): MediaHost {
    const { ip4, ip6 } = this.#options.hosts;
    const host = family === 'IP4' ? ip4 : ip6;
    if (host === undefined)
      throw new Error(`Media has no address of ${family}: RINGDOWN_FOCUS_MEDIA_HOSTS would give it one`);
    return host;
  }
}

/** RFC 7022 §4.2: 96 random bits, so that it names nobody. */
function newCname(): string {
  return randomBytes(12).toString('base64');
}
