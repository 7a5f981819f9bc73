import { hash } from 'node:crypto';
import { Header, type HeaderId, parseVia, type SipRequest, type Via } from '@ringdown/sip-message';

/** Says of a Via whether this element (or any other edge that shares its routing) wrote it. */
export type OwnViaPredicate = (via: Via) => boolean;

/**
 * The second part of this element's branch (RFC 5393 §4.2.1): a digest of every field that routing depends on, all as
 * received: the Request-URI, From and To tags, Call-ID, CSeq number, Route, Proxy-Require and Proxy-Authorization.
 * The method is left out, since a CANCEL or ACK shares its INVITE's branch (RFC 3261 §16.6 step 8), and so is Via,
 * which changes on each lap (RFC 5393 §4.2.2). 11 characters of [0-9a-f].
 *
 * Who makes two requests of their own collide only stops their own second one, so a part of the digest is enough.
 */
export function loopDigest(request: SipRequest): string {
  // No field holds a line feed, so neighbours can't trade characters.
  let text = `${request.requestUri}\n${request.callId}\n${request.fromTag ?? ''}\n${request.toTag ?? ''}\n${request.cseq.number}`;
  for (const id of ROUTING_FIELDS) {
    if (request.has(id)) text += `\n${request.values(id).join('\n')}`;
  }
  // The native hash costs a fifth of what any loop over the characters does.
  return hash('sha1', text, 'hex').slice(0, DIGEST_CHARACTERS);
}

const DIGEST_CHARACTERS = 11;
const ROUTING_FIELDS: readonly HeaderId[] = [Header.Route, Header.ProxyRequire, Header.ProxyAuthorization];

const SEPARATOR = '.';

/** This element's branch: the unique first part, and the loop digest as the second (RFC 5393 §4.2.1). */
export function branchWithDigest(uniquePart: string, digest: string): string {
  return uniquePart + SEPARATOR + digest;
}

/** The loop digest in a branch that `branchWithDigest` made, else undefined. */
export function digestOfBranch(branch: string): string | undefined {
  const at = branch.lastIndexOf(SEPARATOR);
  return at < 0 ? undefined : branch.slice(at + 1);
}

/**
 * Whether this very request has been here before (RFC 5393 §4.2.2): some Via of ours carries the digest that it has
 * now. An own Via with another digest is a spiral, which is allowed.
 */
export function isLooped(request: SipRequest, isOwnVia: OwnViaPredicate): boolean {
  const lines = request.values(Header.Via);
  // Most requests have one Via, and the parser has read it.
  if (lines.length === 1 && !(lines[0] as string).includes(',')) {
    return isOwnVia(request.topmostVia) && carriesDigest(request.topmostVia, loopDigest(request));
  }
  let digest: string | undefined;
  for (const value of request.list(Header.Via)) {
    const via = parseVia(value);
    if (via.kind === 'failure' || !isOwnVia(via)) continue;
    digest ??= loopDigest(request);
    if (carriesDigest(via, digest)) return true;
  }
  return false;
}

function carriesDigest(via: Via, digest: string): boolean {
  return via.branch !== undefined && digestOfBranch(via.branch) === digest;
}
