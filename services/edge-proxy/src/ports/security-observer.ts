import type { SipRequest } from '@ringdown/sip-message';
import type { Ingress } from '@ringdown/sip-runtime';

/** Told of what whoever watches over the platform should see. Must not throw and must not wait. */
export interface SecurityObserver {
  /** Credentials were wrong, or the identity was somebody else's. `username` is the one that was claimed. */
  refused(
    request: SipRequest,
    ingress: Ingress,
    tenantId: string,
    username: string,
    failure: 'credentials' | 'identity',
  ): void;
  /** Somebody asked for, or from, a domain that has no business here. */
  unknownDomain(request: SipRequest, ingress: Ingress, domain: string): void;
}
