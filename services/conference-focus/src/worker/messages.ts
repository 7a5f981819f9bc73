import type {
  MemberControls,
  MemberMedia,
  MemberPorts,
  MemberStatistics,
  RoomMediaEvent,
  Sound,
} from '../ports/mixer.js';
import type { PortRange } from './port-range.js';

/** The addresses of one family: what is bound, and what members are told. */
export interface MediaHost {
  readonly host: string;
  readonly advertisedHost: string;
}

/** What a thread is started with. */
export interface ThreadOptions {
  readonly ip4: MediaHost | undefined;
  readonly ip6: MediaHost | undefined;
  readonly ports: PortRange;
  /** Sockets of audio: `auto` takes batches where the add-on for them was built. */
  readonly udp: 'auto' | 'batched' | 'dgram';
  /** Which of the threads it is, from 0, of how many. */
  readonly share: number;
  readonly shares: number;
}

/** What is asked of a thread, with the number that its answer bears. */
export type ThreadQuestion =
  | { readonly type: 'add'; readonly member: string; readonly family: 'IP4' | 'IP6'; readonly video: boolean }
  | { readonly type: 'play'; readonly sound: Sound; readonly to: string | 'everybody' }
  | { readonly type: 'start-recording'; readonly path: string }
  | { readonly type: 'stop-recording' }
  | { readonly type: 'statistics'; readonly member: string }
  | { readonly type: 'remove'; readonly member: string }
  | { readonly type: 'close-room' };

/** What it answers to each. */
export interface ThreadAnswers {
  readonly add: MemberPorts;
  readonly play: undefined;
  readonly 'start-recording': undefined;
  readonly 'stop-recording': { readonly durationMs: number } | undefined;
  readonly statistics: MemberStatistics | undefined;
  readonly remove: undefined;
  readonly 'close-room': undefined;
}

/** What is said to a thread. Rooms are named by numbers that are never used again. */
export type ToThread =
  | { readonly type: 'open-room'; readonly room: number; readonly isMusicForAlone: boolean }
  | { readonly type: 'update'; readonly room: number; readonly member: string; readonly media: MemberMedia }
  | { readonly type: 'control'; readonly room: number; readonly member: string; readonly controls: MemberControls }
  | { readonly type: 'picture-lost'; readonly room: number; readonly member: string }
  | { readonly type: 'question'; readonly room: number; readonly number: number; readonly question: ThreadQuestion }
  | { readonly type: 'stop' };

/** What a thread tells each second. */
export interface ThreadLoad {
  readonly members: number;
  /** 0 to 1: the share of its time that it works. */
  readonly busyShare: number;
  readonly lateP99Ms: number;
  /** Since it was started: ticks that began more than a tick late, and those that were left out. */
  readonly lateTicks: number;
  readonly skippedTicks: number;
}

/** Something that has happened in a room. */
export interface RoomNews {
  readonly room: number;
  readonly event: RoomMediaEvent;
}

/** What a thread says. */
export type FromThread =
  | { readonly type: 'ready' }
  /** All ports are free; nothing follows. */
  | { readonly type: 'stopped' }
  | { readonly type: 'answer'; readonly number: number; readonly value: ThreadAnswers[ThreadQuestion['type']] }
  | { readonly type: 'failure'; readonly number: number; readonly reason: string }
  /** What has happened in rooms, in order; it precedes the answers that were given after it. */
  | { readonly type: 'events'; readonly events: readonly RoomNews[] }
  | { readonly type: 'load'; readonly load: ThreadLoad };
