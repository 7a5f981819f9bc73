import type { SipStack } from '@ringdown/sip-runtime';
import type { EdgeTarget } from '../../domain/hop.js';
import type { LocationLookups } from '../../ports/lookups.js';
import type { ProxiedRequest, SeekAgain } from './proxied-request.js';

export interface AwaitedPhonesOptions {
  readonly stack: SipStack;
  readonly location: LocationLookups;
  /** Carries out what a response context was told. */
  readonly settle: () => void;
}

/**
 * A phone's flow turned out to be gone, or nobody can tell since its edge is away. The last flow to try is not the end: the phone may be on its way back.
 * Likewise the pod of a conference: another may have it.
 */
export class AwaitedPhones {
  constructor(private readonly options: AwaitedPhonesOptions) {}

  /**
   * Calls `passOn`, which ends the branch: at once where there is nothing to wait for, else when the phone is back and its new flow is a target, or
   * hasn't come back in time.
   */
  await(
    proxied: ProxiedRequest,
    target: EdgeTarget,
    hop: number,
    why: 'flow-gone' | 'owner-away',
    passOn: () => void,
  ): void {
    const { location } = this.options;
    const binding = target.bindings[hop];
    const { again } = proxied;
    if (target.focus !== undefined && again !== undefined) {
      this.seek(proxied, again, passOn);
      return;
    }
    if (binding === undefined || target.addressOfRecord === undefined) {
      passOn();
      return;
    }
    if (why === 'flow-gone') location.flowGone(target.tenantId, target.addressOfRecord, binding);
    else location.ownerAway(target.tenantId, target.addressOfRecord, binding);
    if (again === undefined || hop < target.hops.length - 1) {
      passOn();
      return;
    }
    this.seek(proxied, again, passOn);
  }

  /** Once a request: a phone that comes and goes is not followed about. */
  private seek(proxied: ProxiedRequest, again: SeekAgain, passOn: () => void): void {
    const { stack, settle } = this.options;
    proxied.again = undefined;
    again((targets) => {
      proxied.context.addTargets(stack.now(), targets);
      passOn();
      settle();
    });
  }
}
