import type { directory } from '@ringdown/contracts';
import { parseUri, type SipRequest, unescapeUri } from '@ringdown/sip-message';
import type { KnownCall, KnownLeg } from '../domain/call-token.js';
import type { SourceAddress } from '../domain/hop.js';
import { anonymousHost, claimedIdentity } from '../domain/identity.js';
import { comesFromEnd } from '../domain/in-dialog-policy.js';
import type { DialogLookups } from './find-dialog-target.js';

/** Who sends a request within a call. */
export type DialogSender =
  /** The end of the call that the token says. `tenant` is absent for a peer outside. */
  | { readonly kind: 'end'; readonly tenant: directory.Tenant | undefined }
  /** Somebody who has the token and sends from elsewhere: perhaps the phone in another network. Digest tells. */
  | { readonly kind: 'unproven'; readonly tenant: directory.Tenant; readonly addressOfRecord: string }
  /** The token says nothing of this side: the request is to be treated as one that begins something. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly why: string; readonly tenantId: string }
  | { readonly kind: 'directory-unavailable' };

export interface DialogRequest {
  readonly request: SipRequest;
  readonly source: SourceAddress;
  /** Whether another part of the platform sent it. */
  readonly fromPlatform: boolean;
}

/**
 * Finds out whether a request within a call comes from the end that its token speaks of. `identified` is called exactly once, at once when all
 * of it is warm.
 */
export function identifyDialogSender(
  lookups: DialogLookups,
  call: KnownCall,
  fromOriginator: boolean,
  asked: DialogRequest,
  identified: (sender: DialogSender) => void,
): void {
  const leg = fromOriginator ? call.originatingLeg : call.terminatingLeg;
  const tenantId = fromOriginator ? call.originatingTenant : call.terminatingTenant;
  if (asked.fromPlatform || leg.kind === 'trunk') {
    // A peer has no password to prove itself with. What it can do with the token is to reach the end that it already speaks with.
    identified({ kind: 'end', tenant: undefined });
    return;
  }
  if (leg.kind !== 'binding') {
    identified({ kind: 'unknown' });
    return;
  }
  lookups.directory.tenant(tenantId, (tenant) => {
    if (tenant.kind === 'unavailable') identified({ kind: 'directory-unavailable' });
    else if (tenant.kind === 'absent') identified({ kind: 'unknown' });
    else {
      const addressOfRecord = `sip:${leg.username}@${tenant.value.canonicalDomain}`;
      isThere(lookups, call, leg, tenantId, addressOfRecord, asked.source, (there) => {
        if (!there) identified({ kind: 'unproven', tenant: tenant.value, addressOfRecord });
        else checkSubscriber(lookups, tenant.value, leg, addressOfRecord, fromOriginator, asked.request, identified);
      });
    }
  });
}

/** Whether the source is where the device was when the call began, or where one of the person's devices has registered from since. */
function isThere(
  { location }: DialogLookups,
  call: KnownCall,
  leg: Extract<KnownLeg, { kind: 'binding' }>,
  tenantId: string,
  addressOfRecord: string,
  source: SourceAddress,
  answered: (there: boolean) => void,
): void {
  if (comesFromEnd(call, leg, source)) {
    answered(true);
    return;
  }
  location.bindings(tenantId, addressOfRecord, (contacts) => {
    const bindings = contacts.kind === 'found' ? contacts.value.bindings : [];
    answered(bindings.some(({ flow }) => flow?.receivedHost === source.host && flow.receivedPort === source.port));
  });
}

function checkSubscriber(
  { directory: lookups }: DialogLookups,
  tenant: directory.Tenant,
  leg: Extract<KnownLeg, { kind: 'binding' }>,
  addressOfRecord: string,
  fromOriginator: boolean,
  request: SipRequest,
  identified: (sender: DialogSender) => void,
): void {
  // A call must end whatever has become of its ends.
  if (request.method === 'BYE' || request.method === 'ACK') {
    identified({ kind: 'end', tenant });
    return;
  }
  lookups.subscriber(tenant.tenantId, unescapeUri(leg.username), (subscriber) => {
    const refused = (why: string): void => identified({ kind: 'refused', why, tenantId: tenant.tenantId });
    if (subscriber.kind === 'found' && !subscriber.value.enabled) refused(`${addressOfRecord} is disabled`);
    else if (
      fromOriginator &&
      !mayClaim(request, tenant, addressOfRecord, subscriber.kind === 'found' ? subscriber.value : undefined)
    )
      refused(`${addressOfRecord} may not act as ${request.from.uri} within its call`);
    else identified({ kind: 'end', tenant });
  });
}

/** The From of a caller stays one of its own. A callee may be known by a number or by whom it was redirected from, so that its From tells nothing. */
function mayClaim(
  request: SipRequest,
  tenant: directory.Tenant,
  addressOfRecord: string,
  subscriber: directory.Subscriber | undefined,
): boolean {
  const uri = parseUri(request.from.uri);
  if (uri.kind === 'sip' && uri.host === anonymousHost) return true;
  const identity = claimedIdentity(request, tenant);
  return identity === addressOfRecord || (identity !== undefined && subscriber?.identities.includes(identity) === true);
}
