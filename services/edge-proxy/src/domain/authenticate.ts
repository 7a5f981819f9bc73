import { directory } from '@ringdown/contracts';
import {
  type Claim,
  type DigestAlgorithm,
  type DigestAuthenticator,
  selectCredentials,
  type Verification,
} from '@ringdown/sip-auth';
import { Header, type HeaderField, type SipRequest } from '@ringdown/sip-message';
import type { DirectoryLookups } from '../ports/lookups.js';
import { addressOfUser, anonymousHost, claimedHost, claimedIdentity } from './identity.js';
import { awayRetryAfterSec } from './retry-after.js';

/** What came of asking who sent a request. */
export type Authentication =
  | { readonly kind: 'subscriber'; readonly subscriber: directory.Subscriber; readonly addressOfRecord: string }
  /** Answered to the sender: a challenge, or why it is refused. */
  | {
      readonly kind: 'answer';
      readonly statusCode: number;
      readonly reasonPhrase: string | undefined;
      readonly headers: readonly HeaderField[];
      /** For the log: absent for a first challenge, which is no event. */
      readonly why: string | undefined;
      /** What was wrong, where somebody should know of it. */
      readonly offence?: { readonly username: string; readonly failure: 'credentials' | 'identity' };
    };

type Answer = Extract<Authentication, { kind: 'answer' }>;

/** Asks the edge that issued a nonce whether this use of it is the first; `gone` when that edge can't be asked. */
export type ClaimNonce = (
  origin: { readonly edge: string; readonly incarnation: string },
  nonce: string,
  nonceCount: number,
  answered: (claim: Claim | 'gone') => void,
) => void;

export interface AuthenticationPorts {
  readonly digest: DigestAuthenticator;
  readonly directory: DirectoryLookups;
  readonly claimNonce: ClaimNonce;
  /** Unix time in milliseconds. */
  readonly wallClock: () => number;
}

const algorithmNames: Readonly<Record<directory.DigestAlgorithm, DigestAlgorithm | undefined>> = {
  [directory.DigestAlgorithm.UNSPECIFIED]: undefined,
  [directory.DigestAlgorithm.MD5]: 'MD5',
  [directory.DigestAlgorithm.SHA256]: 'SHA-256',
  [directory.DigestAlgorithm.SHA512_256]: 'SHA-512-256',
};

/**
 * Authenticates a request by digest against its tenant's subscribers and checks that the identity it claims (the To of a REGISTER, otherwise
 * the From) is one of the subscriber's. `authenticated` is called exactly once, at once when the subscriber is warm.
 */
export function authenticate(
  ports: AuthenticationPorts,
  tenant: directory.Tenant,
  request: SipRequest,
  authenticated: (outcome: Authentication) => void,
): void {
  const registering = request.method === 'REGISTER';
  // RFC 3261 §22.2: a registrar is a user agent server, 401; §22.3: a proxy asks with 407.
  const credentials = selectCredentials(
    request.values(registering ? Header.Authorization : Header.ProxyAuthorization),
    tenant.realm,
  );
  if (credentials.kind === 'none') {
    authenticated(challenge(ports, tenant, registering, false, undefined));
    return;
  }
  if (credentials.kind === 'malformed') {
    authenticated(refusal(400, 'Bad Authorization', `malformed credentials: ${credentials.reason}`));
    return;
  }
  ports.directory.subscriber(tenant.tenantId, credentials.username, (answer) => {
    if (answer.kind === 'unavailable') {
      authenticated(unavailable());
      return;
    }
    const subscriber = answer.kind === 'found' && answer.value.enabled ? answer.value : undefined;
    const verification = ports.digest.verify(ports.wallClock(), {
      credentials,
      method: request.method,
      requestUri: request.requestUri,
      ha1: credentials.algorithm === undefined ? undefined : ha1Of(subscriber, credentials.algorithm),
      algorithms: offeredAlgorithms(tenant),
      // Phones behind other proxies write what they dialled; the nonce binds the answer to this platform all the same.
      uriCheck: 'any',
      body: request.body,
    });
    if (verification.kind === 'foreign') {
      ports.claimNonce(
        { edge: verification.edge, incarnation: verification.incarnation },
        verification.nonce,
        verification.nonceCount,
        (claim) => {
          authenticated(
            claim === 'ok' && subscriber !== undefined
              ? identified(tenant, subscriber, request)
              : challenge(ports, tenant, registering, true, undefined),
          );
        },
      );
      return;
    }
    if (verification.kind === 'ok' && subscriber !== undefined) authenticated(identified(tenant, subscriber, request));
    else authenticated(notVerified(ports, tenant, registering, credentials.username, verification));
  });
}

/** The algorithms a tenant's challenges offer, the preferred first; those that this platform can't compute are passed over. */
export function offeredAlgorithms(tenant: directory.Tenant): readonly DigestAlgorithm[] {
  const names = tenant.digestAlgorithms
    .map((algorithm) => algorithmNames[algorithm])
    .filter((name) => name !== undefined);
  return names.length > 0 ? names : ['SHA-256', 'MD5'];
}

function ha1Of(subscriber: directory.Subscriber | undefined, algorithm: DigestAlgorithm): string | undefined {
  return subscriber?.ha1s.find((ha1) => algorithmNames[ha1.algorithm] === algorithm)?.hex;
}

/** What comes of credentials that were good: the subscriber, or a refusal where the request claims an identity that isn't the subscriber's. */
export function identified(
  tenant: directory.Tenant,
  subscriber: directory.Subscriber,
  request: SipRequest,
): Authentication {
  if (claimedHost(request) === anonymousHost && request.method !== 'REGISTER') {
    return { kind: 'subscriber', subscriber, addressOfRecord: addressOfUser(subscriber.username, tenant) };
  }
  const identity = claimedIdentity(request, tenant);
  if (identity === undefined || !subscriber.identities.includes(identity)) {
    // RFC 3261 §10.3 step 4 for a REGISTER; for the rest RFC 3261 §22.1: who may act as whom is the server's to say.
    const claimed = request.method === 'REGISTER' ? request.to.uri : request.from.uri;
    return {
      ...refusal(403, 'Identity Not Allowed', `${subscriber.username} may not act as ${claimed}`),
      offence: { username: subscriber.username, failure: 'identity' },
    };
  }
  return { kind: 'subscriber', subscriber, addressOfRecord: identity };
}

function notVerified(
  ports: AuthenticationPorts,
  tenant: directory.Tenant,
  registering: boolean,
  username: string,
  verification: Verification,
): Authentication {
  switch (verification.kind) {
    case 'stale':
    case 'replay':
      return challenge(ports, tenant, registering, true, undefined);
    case 'uri-mismatch':
      // RFC 7616 §3.4.6: a digest-uri of another target than the request is a bad request.
      return refusal(400, 'Digest URI Mismatch', `${username} signed another Request-URI`);
    case 'bad-credentials':
      return {
        ...challenge(ports, tenant, registering, false, `wrong password or unknown user ${username}`),
        offence: { username, failure: 'credentials' },
      };
    case 'unknown-algorithm':
      return challenge(
        ports,
        tenant,
        registering,
        false,
        `${username} used ${verification.name}, which is not offered`,
      );
    case 'qop-required':
      return challenge(ports, tenant, registering, false, `${username} answered without qop`);
    case 'foreign':
    case 'ok':
      return challenge(ports, tenant, registering, true, undefined);
  }
}

function challenge(
  ports: AuthenticationPorts,
  tenant: directory.Tenant,
  registering: boolean,
  stale: boolean,
  why: string | undefined,
): Answer {
  const values = ports.digest.challenge(ports.wallClock(), {
    realm: tenant.realm,
    algorithms: offeredAlgorithms(tenant),
    stale,
  });
  const name = registering ? Header.WwwAuthenticate : Header.ProxyAuthenticate;
  return {
    kind: 'answer',
    statusCode: registering ? 401 : 407,
    reasonPhrase: undefined,
    headers: values.map((value): HeaderField => [name, value]),
    why,
  };
}

function refusal(statusCode: number, reasonPhrase: string, why: string): Answer {
  return { kind: 'answer', statusCode, reasonPhrase, headers: [], why };
}

/** Nothing for the log: that a service is away is told once, by the one that asks it. */
function unavailable(): Answer {
  return {
    kind: 'answer',
    statusCode: 503,
    reasonPhrase: undefined,
    headers: [[Header.RetryAfter, String(awayRetryAfterSec())]],
    why: undefined,
  };
}
