import { type SipRequest, unescapeUri } from '@ringdown/sip-message';
import { type authenticate, identified, offeredAlgorithms } from '../../domain/authenticate.js';
import type { Explain } from '../../domain/explanation.js';
import { anonymousHost, canonicalAddress, claimedHost, claimedUri, userOf } from '../../domain/identity.js';
import { sipUriOf } from '../../domain/platform-route.js';

/**
 * Stands in for the digest: takes it that the caller knows its password, and decides the rest as for a real request. `username` is whom it signs in
 * as; undefined: the user part of the address that it claims.
 */
export function assumedCaller(username: string | undefined, explain: Explain): typeof authenticate {
  return (ports, tenant, request, authenticated) => {
    const signsIn = username ?? claimedUsername(request);
    const challenged = { statusCode: request.method === 'REGISTER' ? 401 : 407, reasonPhrase: undefined, headers: [] };
    const never = (why: string): void => authenticated({ kind: 'answer', ...challenged, why });
    if (signsIn === undefined) {
      never('it hides its identity, and no username was given that it would sign in with');
      return;
    }
    ports.directory.subscriber(tenant.tenantId, signsIn, (answer) => {
      if (answer.kind === 'unavailable')
        authenticated({ kind: 'answer', ...challenged, statusCode: 503, why: "the directory can't be asked" });
      else if (answer.kind === 'absent')
        never(`tenant ${tenant.tenantId} has no subscriber ${signsIn}: it is challenged again whatever it answers`);
      else if (!answer.value.enabled)
        never(`subscriber ${signsIn} is disabled: it is challenged again whatever it answers`);
      else {
        const outcome = identified(tenant, answer.value, request);
        if (outcome.kind === 'subscriber')
          explain({
            step: 'caller',
            decision: `calls as ${outcome.addressOfRecord}, once it has answered a challenge (${offeredAlgorithms(tenant).join(', ')})`,
            rule: identityRule(canonicalOf(request, tenant), signsIn),
          });
        authenticated(outcome);
      }
    });
  };
}

function claimedUsername(request: SipRequest): string | undefined {
  if (claimedHost(request) === anonymousHost) return undefined;
  const user = sipUriOf(claimedUri(request))?.user;
  return user === undefined ? undefined : unescapeUri(user);
}

function canonicalOf(request: SipRequest, tenant: Parameters<typeof canonicalAddress>[1]): string | undefined {
  const uri = sipUriOf(claimedUri(request));
  return uri === undefined ? undefined : canonicalAddress(uri, tenant);
}

function identityRule(claimed: string | undefined, username: string): string {
  const isOwn = claimed !== undefined && unescapeUri(userOf(claimed)) === username;
  return isOwn ? `the address of subscriber ${username}` : `one of the identities of subscriber ${username}`;
}
