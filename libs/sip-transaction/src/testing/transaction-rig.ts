import { parseMessage } from '@ringdown/sip-message';
import type { TimerSettings } from '../timer-values.js';
import type { TransactionEffect } from '../transaction.js';
import { TransactionLayer } from '../transaction-layer.js';
import { RecordingWheel } from './recording-wheel.js';

export interface TestFlow {
  readonly name: string;
  readonly reliable: boolean;
}

/** A transaction layer under a clock that stands still until told. */
export class TransactionRig {
  now = 1_000_000;
  readonly wheel = new RecordingWheel(this.now);
  readonly effects: TransactionEffect<TestFlow>[] = [];
  readonly layer: TransactionLayer<TestFlow>;
  readonly flow: TestFlow;

  constructor(reliable: boolean, timers: TimerSettings = {}) {
    this.flow = { name: 'peer', reliable };
    this.layer = new TransactionLayer({ wheel: this.wheel, effects: this.effects, timers });
  }

  /** Moves the clock on, tick by tick where there is work. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (
      let deadline = this.wheel.nextDeadline();
      deadline !== undefined && deadline <= end;
      deadline = this.wheel.nextDeadline()
    ) {
      this.now = Math.max(this.now, deadline);
      this.wheel.advance(this.now);
    }
    this.now = end;
    this.wheel.advance(end);
  }

  /** Moves the clock to where the named timer fires. */
  passUntil(timer: string): void {
    const left = this.timers()[timer];
    if (left === undefined)
      throw new Error(`timer ${timer} is not running; these are: ${JSON.stringify(this.timers())}`);
    this.pass(left);
  }

  timers(): Record<string, number> {
    return this.wheel.running(this.now);
  }

  /** The effects since the last call, in words. */
  take(): string[] {
    return this.effects.splice(0).map(inWords);
  }
}

/** 'send ACK', 'send 180', 'response 486', 'timeout', … */
export function inWords(effect: TransactionEffect<TestFlow>): string {
  switch (effect.type) {
    case 'send':
      return `send ${startLineWord(effect.raw)}`;
    case 'response':
    case 'strayResponse':
      return `${effect.type} ${effect.response.statusCode}`;
    case 'request':
    case 'cancel':
    case 'ack':
      return `${effect.type} ${effect.request.method}`;
    default:
      return effect.type;
  }
}

function startLineWord(raw: string): string | number {
  const message = parseMessage(raw);
  if (message.kind === 'failure') throw new Error(`what is sent does not parse (${message.reason}):\n${raw}`);
  return message.kind === 'request' ? message.method : message.statusCode;
}
