import { awayRetryAfterSec } from './retry-after.js';
import { TokenBuckets } from './token-buckets.js';

/** Whether a new request may begin now; if not, when to ask again. */
export type Admitted =
  | { readonly kind: 'admitted' }
  | {
      readonly kind: 'refused';
      readonly reason: 'draining' | 'calls-per-second' | 'cut-off';
      readonly retryAfterSec: number;
    };

const admitted: Admitted = { kind: 'admitted' };
const tooFast: Admitted = { kind: 'refused', reason: 'calls-per-second', retryAfterSec: 1 };
// About how long a phone needs to find an edge that is better off.
const cutOff: Admitted = { kind: 'refused', reason: 'cut-off', retryAfterSec: 5 };

/**
 * Says which new requests an edge takes on (D8): each tenant has a token bucket for its calls that fills at its calls per second and holds one
 * second's worth, so that one tenant's flood leaves the others alone. Time comes in as an argument, in milliseconds of a monotonic clock.
 */
export class Admission {
  readonly #calls = new TokenBuckets();
  #draining = false;
  #cutOff = false;

  /** Tenants that are counted. */
  get size(): number {
    return this.#calls.size;
  }

  /** Whether new requests are refused, so that they go elsewhere; emergencies and what is under way never are. */
  drain(isDraining: boolean): void {
    this.#draining = isDraining;
  }

  /** Any new request outside of a dialog. `bindsConnection`: it registers a connection of this edge. */
  request(emergency: boolean, bindsConnection = false): Admitted {
    if (this.#draining && !emergency)
      return { kind: 'refused', reason: 'draining', retryAfterSec: awayRetryAfterSec() };
    return this.#cutOff && bindsConnection ? cutOff : admitted;
  }

  /** Whether location takes what is bound to this edge's connections for suspended: phones are to connect elsewhere. */
  cutOff(isCutOff: boolean): void {
    this.#cutOff = isCutOff;
  }

  /** A new call of a tenant; `callsPerSec` 0 is no limit. */
  call(now: number, tenantId: string, callsPerSec: number, emergency: boolean): Admitted {
    if (emergency || callsPerSec <= 0) return admitted;
    return this.#calls.take(now, tenantId, callsPerSec) ? admitted : tooFast;
  }

  /** What `call` would say, with nothing counted. */
  wouldCall(now: number, tenantId: string, callsPerSec: number, emergency: boolean): Admitted {
    if (emergency || callsPerSec <= 0) return admitted;
    return this.#calls.left(now, tenantId, callsPerSec) < 1 ? tooFast : admitted;
  }
}
