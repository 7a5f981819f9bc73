import { randomInt } from 'node:crypto';
import { holdMusic } from '@ringdown/media';
import type { AudioCodec, MediaAddress, MemberPorts, RoomMediaEvent, SrtpKeys, VideoLeg } from '../ports/mixer.js';
import { loadCodecs } from '../worker/audio-codecs.js';
import type { FromThread, ThreadAnswers, ThreadOptions, ThreadQuestion } from '../worker/messages.js';
import { MixerThread } from '../worker/mixer-thread.js';
import { SocketBatch } from '../worker/socket-batch.js';
import { RtpPhone } from './rtp-phone.js';

const ready = { music: holdMusic(), codecs: await loadCodecs() };
const room = 1;

/** What a mixer's thread does, in this thread, with one room and real sockets. */
export class MixerUnderTest {
  readonly events: RoomMediaEvent[] = [];
  readonly phones: RtpPhone[] = [];
  readonly thread: MixerThread;
  #number = 0;
  readonly #asked = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  readonly #watchers: { readonly wanted: (event: RoomMediaEvent) => boolean; readonly seen: () => void }[] = [];

  constructor(options: Partial<ThreadOptions> = {}) {
    const first = 20_000 + 2 * randomInt(15_000);
    this.thread = new MixerThread(
      {
        ...ready,
        ip4: { host: '127.0.0.1', advertisedHost: '127.0.0.1' },
        ip6: { host: '::1', advertisedHost: '::1' },
        ports: { first, last: first + 199 },
        share: 0,
        shares: 1,
        udp: 'auto',
        ...options,
        batch: options.udp === 'dgram' ? undefined : SocketBatch.begin(),
      },
      (message) => this.#told(message),
    );
    this.thread.handle({ type: 'open-room', room, isMusicForAlone: true });
  }

  ask<Question extends ThreadQuestion>(question: Question): Promise<ThreadAnswers[Question['type']]> {
    const number = this.#number++;
    return new Promise((resolve, reject) => {
      this.#asked.set(number, { resolve, reject });
      this.thread.handle({ type: 'question', room, number, question });
    });
  }

  /** A phone that is in the room, and has agreed on G.711. */
  async join(id: string, hertz: number, family: 'IP4' | 'IP6' = 'IP4', suite?: SrtpKeys['suite']): Promise<RtpPhone> {
    const { audio } = await this.open(id, family);
    return this.enter(id, hertz, audio, suite === undefined ? {} : { suite });
  }

  /** A phone for ports that were opened. */
  async enter(
    id: string,
    hertz: number,
    target: MediaAddress,
    options: { suite?: SrtpKeys['suite']; video?: VideoLeg; encoding?: AudioCodec['encoding'] } = {},
  ): Promise<RtpPhone> {
    const phone = await RtpPhone.open(
      hertz,
      1000 + this.phones.length,
      target.host,
      ready.codecs[options.encoding ?? 'PCMU'],
    );
    this.phones.push(phone);
    phone.target = target;
    const media = phone.media(options.suite === undefined ? {} : { srtp: phone.protect(options.suite) });
    this.thread.handle({ type: 'update', room, member: id, media: { ...media, video: options.video } });
    return phone;
  }

  open(member: string, family: 'IP4' | 'IP6' = 'IP4', video = false): Promise<MemberPorts> {
    return this.ask({ type: 'add', member, family, video });
  }

  update(member: string, phone: RtpPhone, changes: Parameters<RtpPhone['media']>[0] = {}): void {
    this.thread.handle({ type: 'update', room, member, media: phone.media(changes) });
  }

  control(member: string, controls: { muted?: boolean; deaf?: boolean; gainDb?: number; waiting?: boolean }): void {
    const free = { muted: false, deaf: false, gainDb: 0, waiting: false };
    this.thread.handle({ type: 'control', room, member, controls: { ...free, ...controls } });
  }

  pictureLost(member: string): void {
    this.thread.handle({ type: 'picture-lost', room, member });
  }

  /** Resolves when an event has come; those that came before count. */
  event(wanted: (event: RoomMediaEvent) => boolean): Promise<void> {
    if (this.events.some(wanted)) return Promise.resolve();
    return new Promise((seen) => {
      this.#watchers.push({ wanted, seen });
    });
  }

  async close(): Promise<void> {
    await this.thread.close();
    for (const phone of this.phones) phone.close();
  }

  #told(message: FromThread): void {
    if (message.type === 'events') {
      for (const { event } of message.events) {
        this.events.push(event);
        for (const watcher of this.#watchers) if (watcher.wanted(event)) watcher.seen();
      }
    } else if (message.type === 'answer') this.#asked.get(message.number)?.resolve(message.value as never);
    else if (message.type === 'failure') this.#asked.get(message.number)?.reject(new Error(message.reason));
  }
}
