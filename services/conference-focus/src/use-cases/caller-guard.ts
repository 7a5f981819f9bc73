import { CALLER_GUARD, PinGuard, STRANGERS_GUARD } from '../domain/pin-guard.js';

/** How one caller of one room stands with its wrong PINs. */
export interface CallerGuard {
  /** How long until its next PIN is looked at; 0 where it needn't wait. */
  waitMs(): number;
  /** A wrong PIN; returns how many this caller has entered. */
  failed(): number;
  succeeded(): void;
}

/** The wrong PINs of all rooms of a pod. */
export class CallerGuards {
  readonly #callers = new PinGuard(CALLER_GUARD);
  readonly #strangers = new PinGuard(STRANGERS_GUARD);

  constructor(readonly now: () => number) {}

  /** Of one that nobody has authenticated, all such callers of the room are counted too, since it may call itself anything. */
  of(tenantId: string, room: string, caller: { readonly uri: string; readonly isAuthenticated: boolean }): CallerGuard {
    const roomKey = `${tenantId}/${room}`;
    const callerKey = `${roomKey}/${caller.isAuthenticated ? '' : '?'}${caller.uri}`;
    return {
      waitMs: () => {
        const nowMs = this.now();
        const own = this.#callers.waitMs(callerKey, nowMs);
        return caller.isAuthenticated ? own : Math.max(own, this.#strangers.waitMs(roomKey, nowMs));
      },
      failed: () => {
        const nowMs = this.now();
        if (!caller.isAuthenticated) this.#strangers.failed(roomKey, nowMs);
        return this.#callers.failed(callerKey, nowMs);
      },
      // A right PIN of one stranger says nothing about the others.
      succeeded: () => this.#callers.succeeded(callerKey),
    };
  }
}
