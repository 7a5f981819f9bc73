import type { MediaRoom, Mixer, MixerLoad, RoomMediaOptions } from '../../ports/mixer.js';
import type { MixerOptions } from './mixer-options.js';
import { MixerThreadLink } from './mixer-thread-link.js';
import { ThreadRoom } from './thread-room.js';

/** After a thread that died at once, so that it isn't tried in a circle. */
const retryMs = 1000;

/** The mixer: some threads, each with rooms of its own. One that dies takes its rooms with it, tells them, and is replaced. */
export class WorkerMixer implements Mixer {
  readonly #options: MixerOptions;
  readonly #threads: (MixerThreadLink | undefined)[];
  readonly #starting = new Set<Promise<void>>();
  #retries = new Set<NodeJS.Timeout>();
  #isClosed = false;

  private constructor(options: MixerOptions) {
    this.#options = options;
    this.#threads = Array.from({ length: options.workers }, () => undefined);
  }

  /** Resolves when all threads run; rejects with what keeps one from running. */
  static async start(options: MixerOptions): Promise<WorkerMixer> {
    const mixer = new WorkerMixer(options);
    const started = await Promise.allSettled(mixer.#threads.map((_, share) => mixer.#startThread(share)));
    const failed = started.find((result) => result.status === 'rejected');
    if (failed === undefined) return mixer;
    await mixer.close();
    throw failed.reason;
  }

  open(_room: string, options: RoomMediaOptions): MediaRoom {
    return new ThreadRoom(this.#leastBusy(), options);
  }

  load(): MixerLoad {
    const loads = this.#threads.flatMap((thread) => thread?.load ?? []);
    return {
      members: loads.reduce((sum, { members }) => sum + members, 0),
      busyShare: Math.max(0, ...loads.map(({ busyShare }) => busyShare)),
      lateP99Ms: Math.max(0, ...loads.map(({ lateP99Ms }) => lateP99Ms)),
    };
  }

  /** Rooms on threads, and what threads were asked and haven't answered yet. */
  get held() {
    const threads = this.#threads.flatMap((thread) => thread ?? []);
    return {
      rooms: threads.reduce((sum, { rooms }) => sum + rooms, 0),
      questions: threads.reduce((sum, { questions }) => sum + questions, 0),
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const retry of this.#retries) clearTimeout(retry);
    this.#retries.clear();
    await Promise.allSettled(this.#starting);
    await Promise.all(this.#threads.map((thread) => thread?.stop()));
  }

  /** Members first, since they are what costs; rooms are what comes before the first report. */
  #leastBusy(): MixerThreadLink {
    let best: MixerThreadLink | undefined;
    for (const thread of this.#threads) {
      if (thread === undefined || thread.isGone) continue;
      if (best === undefined || costOf(thread) < costOf(best)) best = thread;
    }
    // None runs at the moment: whatever is asked of a room on a thread that is gone is refused.
    best ??= this.#threads.find((thread) => thread !== undefined);
    if (best === undefined) throw new Error('The mixer was never started');
    return best;
  }

  #startThread(share: number): Promise<void> {
    const { ip4, ip6, ports, workers, udp = 'auto' } = this.#options;
    const starting = MixerThreadLink.start({ ip4, ip6, ports, udp, share, shares: workers }, (reason) =>
      this.#replace(share, reason),
    ).then((thread) => {
      this.#threads[share] = thread;
    });
    this.#starting.add(starting);
    const ended = (): boolean => this.#starting.delete(starting);
    starting.then(ended, ended);
    return starting;
  }

  #replace(share: number, reason: string): void {
    if (this.#isClosed) return;
    this.#options.onThreadLost?.(reason);
    const retry = setTimeout(() => {
      this.#retries.delete(retry);
      this.#startThread(share).catch((error: Error) => this.#replace(share, error.message));
    }, retryMs);
    this.#retries.add(retry);
  }
}

function costOf(thread: MixerThreadLink): number {
  return Math.max(thread.load.members, thread.rooms * 2);
}
