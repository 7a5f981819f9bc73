import { directory } from '@ringdown/contracts';
import type { DigestAlgorithm } from '@ringdown/sip-auth';
import type { Change, ChangeSubject } from '../../domain/change.js';
import type { Route, RouteAction, RouteMatch, RouteTrustClass } from '../../domain/route.js';
import type { SubscriberCredentials } from '../../domain/subscriber.js';
import type { ForkMode, MediaRelay, RedirectMode, Tenant } from '../../domain/tenant.js';

const digestAlgorithms: Readonly<Record<DigestAlgorithm, directory.DigestAlgorithm>> = {
  MD5: directory.DigestAlgorithm.MD5,
  'SHA-256': directory.DigestAlgorithm.SHA256,
  'SHA-512-256': directory.DigestAlgorithm.SHA512_256,
};

const forkModes: Readonly<Record<ForkMode, directory.ForkMode>> = {
  parallel: directory.ForkMode.PARALLEL,
  serial: directory.ForkMode.SERIAL,
};

const redirectModes: Readonly<Record<RedirectMode, directory.RedirectMode>> = {
  proxy: directory.RedirectMode.PROXY,
  redirect: directory.RedirectMode.REDIRECT,
};

const mediaRelays: Readonly<Record<MediaRelay, directory.MediaRelay>> = {
  never: directory.MediaRelay.NEVER,
  'when-needed': directory.MediaRelay.WHEN_NEEDED,
  always: directory.MediaRelay.ALWAYS,
};

const trustClasses: Readonly<Record<RouteTrustClass, directory.TrustClass>> = {
  untrusted: directory.TrustClass.UNTRUSTED,
  peer: directory.TrustClass.PEER,
};

export function tenantMessage(tenant: Tenant): directory.Tenant {
  const { tenantId, canonicalDomain, realm, limits, policies, enabled, version } = tenant;
  return {
    tenantId,
    canonicalDomain,
    realm,
    digestAlgorithms: tenant.digestAlgorithms.map((algorithm) => digestAlgorithms[algorithm]),
    limits: { ...limits },
    policies: {
      forkMode: forkModes[policies.forkMode],
      recurseOnRedirect: policies.recurseOnRedirect,
      redirectMode: redirectModes[policies.redirectMode],
      serviceRoute: policies.serviceRoute,
      mediaRelay: mediaRelays[policies.mediaRelay],
      conferenceSrtpRequired: policies.conferenceSrtpRequired,
    },
    enabled,
    version,
  };
}

export function subscriberMessage({ subscriber, ha1s }: SubscriberCredentials): directory.Subscriber {
  const { tenantId, username, identities, maxContactsPerAor, maxConcurrentCalls, enabled, version } = subscriber;
  return {
    tenantId,
    username,
    ha1s: [
      { algorithm: directory.DigestAlgorithm.MD5, hex: ha1s.md5 },
      { algorithm: directory.DigestAlgorithm.SHA256, hex: ha1s.sha256 },
      { algorithm: directory.DigestAlgorithm.SHA512_256, hex: ha1s.sha512256 },
    ],
    identities: [...identities],
    limits: { maxContactsPerAor, maxConcurrentCalls },
    enabled,
    version,
  };
}

export function routeMessage({ tenantId, routeId, match, action, trustClass, version }: Route): directory.Route {
  return {
    tenantId,
    routeId,
    match: matchMessage(match),
    action: actionMessage(action),
    trustClass: trustClasses[trustClass],
    version,
  };
}

function matchMessage(match: RouteMatch): NonNullable<directory.Route['match']> {
  return match.kind === 'domain'
    ? { $case: 'domain', value: match.domain }
    : { $case: 'numberPrefix', value: match.numberPrefix };
}

function actionMessage(action: RouteAction): NonNullable<directory.Route['action']> {
  switch (action.kind) {
    case 'redirect': {
      // RFC 3261 §20.10: the greater q is preferred. Contacts of equal q keep the order in which they were written.
      const contacts = action.contacts.toSorted((a, b) => b.qThousandths - a.qThousandths);
      return {
        $case: 'redirect',
        value: {
          statusCode: action.statusCode,
          contacts: contacts.map(({ uri, qThousandths }) => ({ uri, qThousandths })),
        },
      };
    }
    case 'next-hop':
      return { $case: 'nextHop', value: { uri: action.uri } };
    case 'session':
      return { $case: 'session', value: { service: action.service } };
  }
}

/** A change as watchers and the bus get it. */
export function changeMessage({ tenantId, position, subject }: Change): directory.WatchResponse {
  return { position, change: { tenantId, version: position, subject: subjectMessage(subject) }, reset: false };
}

function subjectMessage(subject: ChangeSubject): NonNullable<directory.Change['subject']> {
  switch (subject.kind) {
    case 'tenant':
      return { $case: 'tenant', value: { removed: subject.removed } };
    case 'domain':
      return { $case: 'domain', value: { domain: subject.domain, removed: subject.removed } };
    case 'number':
      return { $case: 'number', value: { e164: subject.e164, removed: subject.removed } };
    case 'subscriber':
      return { $case: 'subscriber', value: subscriberChange(subject) };
    case 'subscribers':
      return { $case: 'subscribers', value: { count: subject.count } };
    case 'routes':
      return { $case: 'routes', value: { routeId: subject.routeId, removed: subject.removed } };
  }
}

function subscriberChange({
  username,
  removed,
  lostIdentities,
}: Extract<ChangeSubject, { readonly kind: 'subscriber' }>): directory.SubscriberChange {
  if (lostIdentities === undefined) return { username, removed };
  return { username, removed, lost: { addressesOfRecord: [...lostIdentities] } };
}

/** How far everything was told, with nothing new. */
export function positionMessage(position: number): directory.WatchResponse {
  return { position, change: undefined, reset: false };
}
