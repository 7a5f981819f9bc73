import {
  addressOfRecord,
  Header,
  type NameAddr,
  parseNameAddr,
  parseUri,
  type SipRequest,
} from '@ringdown/sip-message';
import type { Envelope, EnvelopeContext } from '@ringdown/sip-transport';
import { textOf } from './wire-text.js';

/** Who sent a request, as far as the platform knows. */
export interface Sender {
  /** Whose rooms it means. */
  readonly tenantId: string;
  /** An address of record, or the anonymous URI of RFC 3323 §4.1.1.3. */
  readonly uri: string;
  /** Whether an edge has authenticated `uri`. */
  readonly isAuthenticated: boolean;
  readonly displayName: string | undefined;
}

const anonymous = 'sip:anonymous@anonymous.invalid';

/** Reads who sent a request from its envelope, and from its headers what an edge has let stand there. Undefined without a tenant. */
export function senderOf(request: SipRequest, envelope: Envelope | undefined): Sender | undefined {
  // A guest's own tenant, if it has one, is another.
  const tenantId = envelope?.terminatingTenantId ?? envelope?.originatingTenantId;
  if (tenantId === undefined || tenantId === '') return undefined;
  if (wantsPrivacy(request)) return { tenantId, uri: anonymous, isAuthenticated: false, displayName: undefined };
  const authenticated = envelope?.authenticated?.addressOfRecord;
  const displayName = textOf(request.from.displayName?.trim() ?? '') || undefined;
  if (authenticated !== undefined && authenticated !== '')
    return { tenantId, uri: authenticated, isAuthenticated: true, displayName };
  // RFC 3325 §5: what a peer within the trust domain asserts; the edges take it off anybody else's requests.
  const asserted = request.list(Header.PAssertedIdentity)[0];
  const address = asserted === undefined ? request.from : parseNameAddr(asserted);
  return {
    tenantId,
    uri: uriOf(address.kind === 'failure' ? request.from : address),
    isAuthenticated: false,
    displayName,
  };
}

/** What travels beside the focus's own requests in a call with them. */
export function contextOf({ tenantId }: Pick<Sender, 'tenantId'>): EnvelopeContext {
  return { originatingTenantId: tenantId, trustClass: 'platform' };
}

/** RFC 3323 §4.2 and RFC 3325 §9.3: it must not be told who this is. */
function wantsPrivacy(request: SipRequest): boolean {
  const wishes = (request.value(Header.Privacy) ?? '').toLowerCase().split(/[;,\s]+/);
  if (wishes.includes('id') || wishes.includes('user')) return true;
  const from = parseUri(request.from.uri);
  return from.kind === 'sip' && from.host === 'anonymous.invalid';
}

function uriOf({ uri }: Pick<NameAddr, 'uri'>): string {
  const parsed = parseUri(uri);
  return parsed.kind === 'sip' || parsed.kind === 'tel' ? addressOfRecord(parsed) : anonymous;
}
