import { directory } from '@ringdown/contracts';
import { answerChallenge, type Claim, DigestAuthenticator, selectChallenges } from '@ringdown/sip-auth';
import { edit, Header, parseMessage, type SipRequest } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { directoryOf } from '../testing/assembled-edge.js';
import { OwningServices } from '../testing/owning-services.js';
import { requestOf } from '../testing/requests.js';
import { passwordOf, subscriberOf, tenantOf } from '../testing/tables.js';
import { type Authentication, type AuthenticationPorts, authenticate, offeredAlgorithms } from './authenticate.js';

const { MD5, SHA256, SHA512_256, UNSPECIFIED } = directory.DigestAlgorithm;
const tenant = tenantOf('acme', 'example.com');
const keys = [{ id: '1', secret: Buffer.alloc(32, 1) }];
let made = 0;
const digestOf = (edge: string) =>
  new DigestAuthenticator({ edge, incarnation: 'i1', keys, random: () => `random${String(++made).padStart(6, '0')}` });

function portsOf(over: Partial<AuthenticationPorts> = {}): AuthenticationPorts {
  const owning = new OwningServices();
  owning.add(tenant, [subscriberOf(tenant, 'alice')]);
  return {
    digest: digestOf('edge-1'),
    directory: directoryOf(owning),
    claimNonce: (_origin, _nonce, _count, answered) => answered('gone'),
    wallClock: () => 1_800_000_000_000,
    ...over,
  };
}

function outcomeOf(ports: AuthenticationPorts, request: SipRequest): Authentication {
  const outcomes: Authentication[] = [];
  authenticate(ports, tenant, request, (outcome) => outcomes.push(outcome));
  expect(outcomes).toHaveLength(1);
  return outcomes[0] as Authentication;
}

/** The request with the answer to a challenge of this authenticator's. */
function signed(
  digest: DigestAuthenticator,
  request: SipRequest,
  over: { readonly uri?: string; readonly at?: number } = {},
): SipRequest {
  const challenge = selectChallenges(
    digest.challenge(over.at ?? 1_800_000_000_000, { realm: tenant.realm, algorithms: ['SHA-256'] }),
  )[0];
  if (challenge === undefined) throw new Error('no challenge');
  const value = answerChallenge(challenge, {
    method: request.method,
    uri: over.uri ?? request.requestUri,
    username: 'alice',
    password: passwordOf('alice'),
    cnonce: 'cnonce',
    nonceCount: 1,
  });
  const parsed = parseMessage(
    edit(request)
      .append(Header.ProxyAuthorization, value ?? '')
      .toString(),
  );
  if (parsed.kind !== 'request') throw new Error('no request');
  return parsed;
}

describe('a nonce of another edge (D11)', () => {
  it.each([
    { claim: 'ok', kind: 'subscriber' },
    { claim: 'replay', kind: 'answer' },
    { claim: 'stale', kind: 'answer' },
    { claim: 'foreign', kind: 'answer' },
    { claim: 'gone', kind: 'answer' },
  ] as const)('$claim: $kind', ({ claim, kind }) => {
    const asked: unknown[] = [];
    const ports = portsOf({
      claimNonce: (origin, _nonce, count, answered) => {
        asked.push([origin.edge, origin.incarnation, count]);
        answered(claim satisfies Claim | 'gone');
      },
    });
    const outcome = outcomeOf(ports, signed(digestOf('edge-2'), requestOf()));
    expect(asked).toEqual([['edge-2', 'i1', 1]]);
    expect(outcome.kind).toBe(kind);
    const challenge = outcome.kind === 'answer' ? outcome : undefined;
    expect([challenge?.statusCode, /stale=true/i.test(challenge?.headers[0]?.[1] ?? '')]).toEqual(
      kind === 'answer' ? [407, true] : [undefined, false],
    );
  });
});

describe('who sent it', () => {
  it.each([
    { name: 'its own nonce', over: {}, kind: 'subscriber' },
    { name: 'a digest-uri that another proxy has rewritten', over: { uri: 'sip:bob@alias.test' }, kind: 'subscriber' },
    { name: 'a nonce from an hour ago', over: { at: 1_800_000_000_000 - 3_600_000 }, kind: 'answer' },
  ])('$name: $kind', ({ over, kind }) => {
    const digest = digestOf('edge-1');
    expect(outcomeOf(portsOf({ digest }), signed(digest, requestOf(), over)).kind).toBe(kind);
  });

  it('is not asked of a directory that is away: 503 with Retry-After, and nothing for the log', () => {
    const digest = digestOf('edge-1');
    const away = {
      ...directoryOf(new OwningServices()),
      subscriber: (_: string, __: string, answered: (answer: { kind: 'unavailable' }) => void) =>
        answered({ kind: 'unavailable' }),
    };
    const outcome = outcomeOf(portsOf({ digest, directory: away }), signed(digest, requestOf()));
    expect(outcome).toMatchObject({
      kind: 'answer',
      statusCode: 503,
      headers: [[Header.RetryAfter, expect.stringMatching(/^(?:[3-9]|10)$/)]],
      why: undefined,
    });
  });

  it('a first challenge is no event, a wrong password is one', () => {
    const digest = digestOf('edge-1');
    expect(outcomeOf(portsOf(), requestOf())).toMatchObject({ kind: 'answer', statusCode: 407, why: undefined });
    const stranger = new OwningServices();
    stranger.add(tenant, []);
    const outcome = outcomeOf(portsOf({ digest, directory: directoryOf(stranger) }), signed(digest, requestOf()));
    expect(outcome).toMatchObject({ statusCode: 407, offence: { username: 'alice', failure: 'credentials' } });
  });
});

it.each([
  [[], ['SHA-256', 'MD5']],
  [[UNSPECIFIED], ['SHA-256', 'MD5']],
  [[MD5], ['MD5']],
  [
    [SHA512_256, SHA256, MD5],
    ['SHA-512-256', 'SHA-256', 'MD5'],
  ],
])('a tenant with %j offers %j', (digestAlgorithms, names) => {
  expect(offeredAlgorithms({ ...tenant, digestAlgorithms })).toEqual(names);
});
