import type { TimerWheel } from '@ringdown/sip-transaction';
import type { ForwardTarget } from './fork-target.js';
import type { ProxyEffect } from './proxy-effect.js';
import type { RecursionPolicy } from './redirect-recursion.js';

export interface ProxyTimers {
  /** Timer C (RFC 3261 §16.6 step 11): more than 3 minutes. */
  readonly timerCMs: number;
  /** How long a cancelled branch may take to end (RFC 3261 §9.1: 64*T1). */
  readonly cancelWaitMs: number;
  /** How long targets of one q may ring while lower ones wait; undefined: until they end by themselves. */
  readonly serialRingMs: number | undefined;
}

export const PROXY_TIMERS: ProxyTimers = { timerCMs: 185_000, cancelWaitMs: 32_000, serialRingMs: undefined };

export interface ResponseContextOptions<T extends ForwardTarget> {
  readonly method: string;
  readonly wheel: TimerWheel;
  /** Where effects go, in order; the caller owns and drains it. */
  readonly effects: ProxyEffect<T>[];
  /** From `incomingMaxBreadth`. */
  readonly maxBreadth: number;
  readonly timers?: Partial<ProxyTimers>;
  /** Absent: redirects go to the caller. */
  readonly recursion?: RecursionPolicy<T>;
  /** The answer when there is no target at all: 480 (RFC 3261 §16.5), or 404 when the user doesn't exist. */
  readonly emptyTargetSetStatus?: 404 | 480;
  /** Copies sent in all, recursion and failover included; beyond it targets are left out. */
  readonly maxBranches?: number;
}

export const DEFAULT_MAX_BRANCHES = 60;
