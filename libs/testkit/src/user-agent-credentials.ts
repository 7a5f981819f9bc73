import { randomBytes } from 'node:crypto';
import { answerChallenge, type Challenge, selectChallenges } from '@ringdown/sip-auth';
import type { OutgoingRequest, RequestOwner } from '@ringdown/sip-dialog';
import { Header, type HeaderField, type HeaderId, type SipResponse } from '@ringdown/sip-message';

/** More challenges in a row than any path of a test has; a server that never stops asking is not followed for ever. */
const maxChallenges = 5;

interface Met {
  readonly name: HeaderId;
  readonly challenge: Challenge;
}

/** Answers the challenges that a test user agent meets. */
export class UserAgentCredentials {
  readonly #username: string;
  readonly #password: string;
  readonly #nonceCounts = new Map<string, number>();
  /** Challenges in a row, by whoever sent the requests. */
  readonly #inARow = new WeakMap<RequestOwner, number>();
  readonly #met = new WeakMap<RequestOwner, Met[]>();

  constructor(username: string, password: string) {
    this.#username = username;
    this.#password = password;
  }

  /**
   * The headers with which to send a challenged request again; undefined when the response is no challenge, or when the
   * same credentials were refused before (RFC 3261 §22.2). Several proxies and the server may challenge one after the other
   * (§22.3): all that were met are answered, each with its next nonce count.
   */
  answer(request: OutgoingRequest, response: SipResponse): HeaderField[] | undefined {
    const { draft, owner } = request;
    const proxy = response.statusCode === 407;
    if (!proxy && response.statusCode !== 401) {
      if (response.statusCode >= 200) this.#inARow.delete(owner);
      return undefined;
    }
    const inARow = (this.#inARow.get(owner) ?? 0) + 1;
    this.#inARow.set(owner, inARow);
    const name = proxy ? Header.ProxyAuthorization : Header.Authorization;
    const challenges = selectChallenges(response.values(proxy ? Header.ProxyAuthenticate : Header.WwwAuthenticate));
    const answerable = challenges.filter(({ realm, stale }) => stale || !carries(draft.headers, name, realm));
    if (answerable.length === 0 || inARow > maxChallenges) return undefined;
    const renewed = answerable.map((challenge): Met => ({ name, challenge }));
    const kept = (this.#met.get(owner) ?? []).filter(
      (met) =>
        carries(draft.headers, met.name, met.challenge.realm) &&
        !renewed.some((again) => again.name === met.name && again.challenge.realm === met.challenge.realm),
    );
    const met = [...kept, ...renewed];
    this.#met.set(owner, met);
    return met.flatMap((each) => this.#credentials(each, draft));
  }

  #credentials({ name, challenge }: Met, draft: OutgoingRequest['draft']): HeaderField[] {
    const nonceCount = (this.#nonceCounts.get(challenge.nonce) ?? 0) + 1;
    this.#nonceCounts.set(challenge.nonce, nonceCount);
    const value = answerChallenge(challenge, {
      method: draft.method,
      uri: draft.requestUri,
      username: this.#username,
      password: this.#password,
      cnonce: randomBytes(12).toString('hex'),
      nonceCount,
      body: draft.body,
    });
    return value === undefined ? [] : [[name, value]];
  }
}

function carries(headers: readonly HeaderField[], name: HeaderId, realm: string): boolean {
  return headers.some(([id, value]) => id === name && value.includes(`realm="${realm}"`));
}
