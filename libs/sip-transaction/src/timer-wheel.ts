/** Something a timer belongs to. `timer` is the owner's own small integer, so that one object can own several timers without closures. */
export interface Expirable {
  expire(now: number, timer: number): void;
}

/** Names one scheduled timer; never 0, and never reused within 2^28 reuses of its place, so a stale handle is harmless. */
export type TimerHandle = number;

/** A handle that names no timer: `cancel(NO_TIMER)` does nothing. */
export const NO_TIMER: TimerHandle = 0;

const SLOT_BITS = 5;
const SLOT_MASK = 31;
const LEVELS = 6;
/** Ticks that the levels cover together; what lies beyond waits in one overflow list until its epoch begins. */
const EPOCH_TICKS = 2 ** (SLOT_BITS * LEVELS);
const OVERFLOW = LEVELS << SLOT_BITS;
const NONE = -1;
const INDEX_RANGE = 2 ** 24;
const GENERATION_RANGE = 2 ** 28;
const INITIAL_CAPACITY = 1024;

/**
 * A hierarchical timer wheel: schedule and cancel are O(1), advance costs the timers that fire plus at most
 * six moves a timer, whatever the distance the clock jumps. All times are milliseconds of one monotonic clock,
 * which the caller reads.
 *
 * A timer never fires before `now + delayMs`; it fires in the first `advance` at or after that time rounded up
 * to a tick. Timers fire in the order of their ticks, those of one tick in the order they were scheduled.
 */
export class TimerWheel {
  private readonly originMs: number;
  private readonly tickMs: number;
  private currentTick = 0;
  private epoch = 0;
  private epochTick = 0;
  private count = 0;

  private readonly heads = new Int32Array(OVERFLOW + 1).fill(NONE);
  private readonly tails = new Int32Array(OVERFLOW + 1).fill(NONE);
  private readonly occupied = new Int32Array(LEVELS);

  private capacity = INITIAL_CAPACITY;
  private firstFree = NONE;
  private unused = 0;
  private nextNode = new Int32Array(INITIAL_CAPACITY);
  private previousNode = new Int32Array(INITIAL_CAPACITY);
  private list = new Int32Array(INITIAL_CAPACITY);
  private generation = new Int32Array(INITIAL_CAPACITY);
  private timer = new Int32Array(INITIAL_CAPACITY);
  private tick = new Float64Array(INITIAL_CAPACITY);
  private readonly targets: (Expirable | undefined)[] = [];

  /** `tickMs` is a whole number of milliseconds, at least 1. */
  constructor(now: number, tickMs = 1) {
    if (!Number.isInteger(tickMs) || tickMs < 1) {
      throw new RangeError(`tickMs must be a whole number of milliseconds, at least 1, not ${tickMs}`);
    }
    // Whole numbers, so that `nextDeadline` and `advance` agree to the bit on a clock with fractions.
    this.originMs = Math.floor(now);
    this.tickMs = tickMs;
  }

  /** Timers waiting. */
  get size(): number {
    return this.count;
  }

  /** Has `target.expire(now, timer)` called once, `delayMs` after `now` or a little later; at the earliest in the next tick. */
  schedule(now: number, delayMs: number, target: Expirable, timer: number): TimerHandle {
    const wanted = Math.ceil((now + delayMs - this.originMs) / this.tickMs);
    if (!(wanted < Number.MAX_SAFE_INTEGER)) {
      throw new RangeError(`a timer cannot be scheduled ${delayMs} ms after ${now}`);
    }
    const node = this.allocate();
    this.tick[node] = wanted > this.currentTick ? wanted : this.currentTick + 1;
    this.timer[node] = timer;
    this.targets[node] = target;
    this.attach(node);
    this.count++;
    return (this.generation[node] as number) * INDEX_RANGE + node;
  }

  /** True if the timer was waiting and now is not; false if it has fired or was cancelled before. */
  cancel(handle: TimerHandle): boolean {
    const node = handle % INDEX_RANGE;
    if (node >= this.unused || this.list[node] === NONE) return false;
    if (this.generation[node] !== (handle - node) / INDEX_RANGE) return false;
    this.detach(node);
    this.release(node);
    return true;
  }

  /** Fires everything due at `now`, and returns how many timers that were. A `now` in the past fires nothing. */
  advance(now: number): number {
    const targetTick = Math.floor((now - this.originMs) / this.tickMs);
    let fired = 0;
    for (;;) {
      const level = this.firstLevel();
      const next = this.firstTick(level);
      if (next > targetTick) break;
      this.moveTo(next);
      const list = level === LEVELS ? OVERFLOW : (level << SLOT_BITS) | this.slotOf(next, level);
      if (level === 0) fired += this.fire(now, list);
      else this.cascade(list);
    }
    if (targetTick > this.currentTick) this.moveTo(targetTick);
    return fired;
  }

  /**
   * The earliest time at which `advance` has work, undefined when no timer waits. For timers within the next 32 ticks
   * it is exact; for later ones it may be earlier than the timer, and `advance` then brings that one nearer.
   */
  nextDeadline(): number | undefined {
    if (this.count === 0) return undefined;
    return this.originMs + this.firstTick(this.firstLevel()) * this.tickMs;
  }

  private fire(now: number, list: number): number {
    let fired = 0;
    for (let node = this.heads[list] as number; node !== NONE; node = this.heads[list] as number) {
      const target = this.targets[node] as Expirable;
      const timer = this.timer[node] as number;
      this.detach(node);
      this.release(node);
      fired++;
      target.expire(now, timer);
    }
    return fired;
  }

  private cascade(list: number): void {
    let node = this.heads[list] as number;
    this.heads[list] = NONE;
    this.tails[list] = NONE;
    if (list !== OVERFLOW) this.clearOccupied(list);
    while (node !== NONE) {
      const next = this.nextNode[node] as number;
      this.attach(node);
      node = next;
    }
  }

  /** The lowest level with a timer: its first slot is the earliest of all. LEVELS stands for the overflow list. */
  private firstLevel(): number {
    let level = 0;
    while (level < LEVELS && this.occupied[level] === 0) level++;
    return level;
  }

  /** The first tick of the first occupied slot of that level; infinity when nothing waits. */
  private firstTick(level: number): number {
    if (level === LEVELS) return this.heads[OVERFLOW] === NONE ? Infinity : (this.epoch + 1) * EPOCH_TICKS;
    const bits = this.occupied[level] as number;
    const slot = 31 - Math.clz32(bits & -bits);
    const shift = SLOT_BITS * level;
    const above = shift + SLOT_BITS;
    const upper = above >= 30 ? 0 : (this.epochTick >>> above) << above;
    return this.epoch * EPOCH_TICKS + (upper | (slot << shift));
  }

  private slotOf(tick: number, level: number): number {
    return ((tick - this.epoch * EPOCH_TICKS) >>> (SLOT_BITS * level)) & SLOT_MASK;
  }

  private moveTo(tick: number): void {
    this.currentTick = tick;
    this.epoch = Math.floor(tick / EPOCH_TICKS);
    this.epochTick = tick - this.epoch * EPOCH_TICKS;
  }

  private listFor(tick: number): number {
    if (Math.floor(tick / EPOCH_TICKS) !== this.epoch) return OVERFLOW;
    // The highest bit in which the deadline differs from the present decides the level; the slot is then always ahead.
    const epochTick = tick - this.epoch * EPOCH_TICKS;
    const difference = epochTick ^ this.epochTick;
    const level = difference < 32 ? 0 : ((31 - Math.clz32(difference)) / SLOT_BITS) | 0;
    return (level << SLOT_BITS) | ((epochTick >>> (SLOT_BITS * level)) & SLOT_MASK);
  }

  private attach(node: number): void {
    const list = this.listFor(this.tick[node] as number);
    const tail = this.tails[list] as number;
    this.list[node] = list;
    this.nextNode[node] = NONE;
    this.previousNode[node] = tail;
    this.tails[list] = node;
    if (tail !== NONE) {
      this.nextNode[tail] = node;
      return;
    }
    this.heads[list] = node;
    if (list !== OVERFLOW)
      this.occupied[list >> SLOT_BITS] = (this.occupied[list >> SLOT_BITS] as number) | (1 << (list & SLOT_MASK));
  }

  private detach(node: number): void {
    const list = this.list[node] as number;
    const next = this.nextNode[node] as number;
    const previous = this.previousNode[node] as number;
    if (previous === NONE) this.heads[list] = next;
    else this.nextNode[previous] = next;
    if (next === NONE) this.tails[list] = previous;
    else this.previousNode[next] = previous;
    if (list !== OVERFLOW && this.heads[list] === NONE) this.clearOccupied(list);
  }

  private clearOccupied(list: number): void {
    this.occupied[list >> SLOT_BITS] = (this.occupied[list >> SLOT_BITS] as number) & ~(1 << (list & SLOT_MASK));
  }

  private allocate(): number {
    const free = this.firstFree;
    if (free !== NONE) {
      this.firstFree = this.nextNode[free] as number;
      return free;
    }
    if (this.unused === this.capacity) this.grow();
    const node = this.unused++;
    this.generation[node] = 1;
    this.targets.push(undefined);
    return node;
  }

  private release(node: number): void {
    const generation = (this.generation[node] as number) + 1;
    this.generation[node] = generation === GENERATION_RANGE ? 1 : generation;
    this.list[node] = NONE;
    this.targets[node] = undefined;
    this.nextNode[node] = this.firstFree;
    this.firstFree = node;
    this.count--;
  }

  private grow(): void {
    if (this.capacity === INDEX_RANGE) throw new RangeError(`a timer wheel holds at most ${INDEX_RANGE} timers`);
    this.capacity *= 2;
    this.nextNode = enlarged(this.nextNode, this.capacity);
    this.previousNode = enlarged(this.previousNode, this.capacity);
    this.list = enlarged(this.list, this.capacity);
    this.generation = enlarged(this.generation, this.capacity);
    this.timer = enlarged(this.timer, this.capacity);
    const ticks = new Float64Array(this.capacity);
    ticks.set(this.tick);
    this.tick = ticks;
  }
}

function enlarged(array: Int32Array<ArrayBuffer>, capacity: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(capacity);
  larger.set(array);
  return larger;
}
