import type { directory, location } from '@ringdown/contracts';
import type { ForwardTarget, ResolvedTarget } from '@ringdown/sip-proxy';

/** One way to send a request on. */
export type Hop =
  | FlowHop
  /** An address that RFC 3263 gave, or that a phone registered from without a flow. */
  | { readonly kind: 'address'; readonly address: ResolvedTarget }
  | ServiceHop;

/** A service of the platform behind SipLink: any of its pods, or the one that has what the request is for. */
export interface ServiceHop {
  readonly kind: 'service';
  readonly service: string;
  readonly pod?: string;
}

/** A pod of the conference focus, in one of its lives. */
export interface FocusPod {
  readonly podId: string;
  readonly incarnation: string;
  /** The addresses that it has media at. */
  readonly mediaHosts: readonly string[];
}

/** A flow that the phone opened, by its token (RFC 5626 §5.2); `edgeId` and `incarnation` own it. */
export interface FlowHop {
  readonly kind: 'flow';
  readonly flowToken: string;
  readonly edgeId: string;
  readonly incarnation: string;
  /** What the phone registered with this flow: each flow of a device may have a contact and a Path of its own. Absent: the target's. */
  readonly registered?: { readonly uri: string; readonly path: readonly string[] };
}

/** Where a message came from, or goes. */
export interface SourceAddress {
  readonly host: string;
  readonly port: number;
}

/** The far end of a branch, as a sealed route needs to find it again. */
export type Leg =
  | {
      readonly kind: 'binding';
      readonly username: string;
      readonly instance: string;
      /** Where the device sends from, as this platform sees it. */
      readonly source?: SourceAddress;
      /** The flow that it wants to be reached over within the call (RFC 5626 §4.3), registered or not. Never without `source`. */
      readonly flow?: FlowHop;
    }
  | { readonly kind: 'trunk'; readonly routeId: string }
  | {
      readonly kind: 'service';
      readonly service: string;
      /** The one that has the dialog; absent where any of them goes on with it. */
      readonly pod?: string;
    }
  | { readonly kind: 'none' };

/** A target of a request with the ways to reach it, in the order to try them. */
export interface EdgeTarget extends ForwardTarget {
  /** Empty until resolved when `hopCount` is 0. */
  hops: readonly Hop[];
  leg: Leg;
  /** What the far side is: decides which identity headers go there. */
  readonly trustClass: directory.TrustClass;
  /** Where to look for the server, when that is not what the Request-URI or a Route says (RFC 3261 §16.6 step 6: local policy). */
  readonly nextHop?: string;
  /** Path values of the binding (RFC 3327 §5.4), topmost first. */
  readonly routes: readonly string[];
  /** Whose bindings these are, to take back one whose flow is gone; one per hop. */
  bindings: readonly location.Binding[];
  readonly tenantId: string;
  readonly addressOfRecord: string | undefined;
  /** The pod of the conference focus that it is, on a request that begins something there. */
  readonly focus?: FocusPod;
  /** Set on a redirect to a subscriber (RFC 3261 §16.7 step 4): stands for the whole target set of that address of record. */
  readonly redirectedTo?: directory.Tenant;
}
