import type { TimerSettings } from '@ringdown/sip-transaction';
import type { Flow, HostPort } from '@ringdown/sip-transport';
import type { BranchSource } from './branch-source.js';
import type { Clock } from './clock.js';
import type { MessageTap } from './message-tap.js';
import type { SipStack } from './sip-stack.js';
import type { StackObserver } from './stack-observer.js';
import type { TransactionUser } from './transaction-user.js';
import type { AlarmTimer } from './wheel-driver.js';

/** What a stack is made of. */
export interface SipStackOptions {
  /** The transaction user; called once, so that it can keep the stack. */
  readonly user: (stack: SipStack) => TransactionUser;
  readonly branches: BranchSource;
  /** Default: the process's. A stack and everything on its wheel read this one only. */
  readonly clock?: Clock;
  /** Default: setTimeout. */
  readonly alarm?: AlarmTimer;
  readonly timers?: TimerSettings;
  /** How finely timers are told apart, in whole milliseconds. */
  readonly tickMs?: number;
  readonly observer?: StackObserver;
  readonly tap?: MessageTap;
  /** Told of every exception out of the transaction user, which is a bug. Default: the exception ends the process. */
  readonly onBug?: (error: unknown) => void;
}

/** A socket that the stack sends through and knows as its own. */
export interface StackPort {
  readonly address: HostPort;
  /** `serverName`: whose certificate is expected over TLS. */
  flowTo(remote: HostPort, serverName?: string): Flow;
}
