import { directory } from '@ringdown/contracts';
import { Header, type SipRequest } from '@ringdown/sip-message';

const sos = 'urn:service:sos';

/** The emergency service that a Request-URI names (RFC 5031 §4.2), in lower case; undefined if it names none. */
export function emergencyService(requestUri: string): string | undefined {
  const urn = requestUri.toLowerCase();
  return urn === sos || urn.startsWith(`${sos}.`) ? urn : undefined;
}

/** A service and those it is a part of, the most specific first: RFC 5031 lets a request for `sos.fire` go where `sos` goes. */
export function servicesAbove(service: string): readonly string[] {
  const found: string[] = [];
  for (let each = service; each !== 'urn:service'; ) {
    found.push(each);
    const end = Math.max(each.lastIndexOf('.'), each.lastIndexOf(':'));
    if (end < sos.length) break;
    each = each.slice(0, end);
  }
  return found;
}

/**
 * Whether a request passes limits and drains: it asks for an emergency service, or a sender within the trust domain gives it a priority for
 * emergencies (RFC 7135: namespace `esnet`). From anybody else a Resource-Priority is not authorised (RFC 4412) and means nothing.
 */
export function isEmergency(request: SipRequest, sender: directory.TrustClass): boolean {
  if (emergencyService(request.requestUri) !== undefined) return true;
  if (sender !== directory.TrustClass.PEER || !request.has(Header.ResourcePriority)) return false;
  return request.list(Header.ResourcePriority).some((value) => value.toLowerCase().startsWith('esnet.'));
}
