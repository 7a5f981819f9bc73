import type { Attribute, MediaDescription } from './session-description.js';

/** The crypto suites that are understood (RFC 4568 §6.2, RFC 7714 §14.1), with the bytes of master key and salt together. */
export const SDES_SUITES = {
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
  AEAD_AES_128_GCM: 28,
  AEAD_AES_256_GCM: 44,
} as const;

export type SdesSuite = keyof typeof SDES_SUITES;

/** One usable `a=crypto` line (RFC 4568 §9.1): what its sender protects its packets with. */
export interface CryptoAttribute {
  /** Names the line within its `m=` section; the answer repeats the one that it chose. */
  readonly tag: number;
  readonly suite: SdesSuite;
  /** Master key and salt, decoded. */
  readonly keyAndSalt: Uint8Array;
}

/** An `a=crypto` line that can't be used, and why. Its value isn't repeated, since it may hold a key. */
export interface RefusedCrypto {
  /** Undefined where not even the tag can be read. */
  readonly tag: number | undefined;
  readonly reason: string;
}

const LINE = /^(\d{1,9})[ \t]+([A-Za-z0-9_]+)[ \t]+(\S+)((?:[ \t]+\S+)*)[ \t]*$/;
const INLINE = /^inline:([A-Za-z0-9+/]+={0,2})(?:\|(2\^)?(\d{1,15}))?(\|\d+:\d+)?$/i;
/** 2^48 packets of SRTP: more than that no key may be used for, so that a longer lifetime is none (RFC 3711 §9.2). */
const LONGEST_LIFETIME = 2 ** 48;
/** A key that is used up within a call of an hour at 50 packets a second is refused rather than watched. */
const SHORTEST_LIFETIME = 2 ** 18;

function isSuite(name: string): name is SdesSuite {
  return Object.hasOwn(SDES_SUITES, name);
}

/** Why a session parameter (RFC 4568 §6.3) makes the line unusable; undefined where it doesn't. */
function refusedParameter(parameter: string): string | undefined {
  // A window at least as large as a hint asks for is there in any case, and what begins with a dash may be passed over (§6.3.7).
  if (/^WSH=\d+$/i.test(parameter) || parameter.startsWith('-')) return undefined;
  return `the session parameter ${parameter.split('=')[0]} is not supported`;
}

function readLifetime(isPower: boolean, digits: string): number {
  return isPower ? 2 ** Number(digits) : Number(digits);
}

/** Reads the value of one `a=crypto`. */
export function parseCrypto(value: string): CryptoAttribute | RefusedCrypto {
  const line = LINE.exec(value);
  if (line === null) return { tag: undefined, reason: 'the line has not the form tag, suite, key' };
  const tag = Number(line[1]);
  const suite = line[2] as string;
  if (!isSuite(suite)) return { tag, reason: `the suite ${suite} is not supported` };
  const keys = line[3] as string;
  if (keys.includes(';')) return { tag, reason: 'several master keys are not supported' };
  const key = INLINE.exec(keys);
  if (key === null) return { tag, reason: 'the key has not the form inline:key|lifetime|MKI:length' };
  if (key[4] !== undefined) return { tag, reason: 'master key identifiers (MKI) are not supported' };
  if (key[3] !== undefined) {
    const lifetime = readLifetime(key[2] !== undefined, key[3]);
    if (lifetime > LONGEST_LIFETIME) return { tag, reason: 'a lifetime of more than 2^48 packets is none' };
    if (lifetime < SHORTEST_LIFETIME) return { tag, reason: 'a lifetime of fewer than 2^18 packets is not supported' };
  }
  for (const parameter of (line[4] as string).split(/[ \t]+/)) {
    const reason = parameter === '' ? undefined : refusedParameter(parameter);
    if (reason !== undefined) return { tag, reason };
  }
  const keyAndSalt = Uint8Array.from(Buffer.from(key[1] as string, 'base64'));
  const wanted = SDES_SUITES[suite];
  if (keyAndSalt.length !== wanted) {
    return { tag, reason: `${suite} has ${wanted} bytes of key and salt, not ${keyAndSalt.length}` };
  }
  return { tag, suite, keyAndSalt };
}

/** The `a=crypto` lines of a stream in their order: those that can be used, and those that can't. */
export function cryptoAttributes(media: MediaDescription): {
  readonly usable: readonly CryptoAttribute[];
  readonly refused: readonly RefusedCrypto[];
} {
  const usable: CryptoAttribute[] = [];
  const refused: RefusedCrypto[] = [];
  const tags = new Set<number>();
  for (const attribute of media.attributes) {
    if (attribute.name !== 'crypto') continue;
    const line = parseCrypto(attribute.value ?? '');
    // RFC 4568 §4.1: a tag is unique within its stream. Which line an answer means by a tag that is there twice nobody knows.
    if (line.tag !== undefined && tags.has(line.tag)) refused.push({ tag: line.tag, reason: 'the tag is there twice' });
    else if ('reason' in line) refused.push(line);
    else usable.push(line);
    if (line.tag !== undefined) tags.add(line.tag);
  }
  return { usable, refused };
}

/** True for the profiles that SDES keys are meant for: RTP/SAVP and RTP/SAVPF. */
export function isSecureProfile(protocol: string): boolean {
  return /^RTP\/SAVPF?$/i.test(protocol);
}

/** Writes a line: tag, suite and key, no lifetime, no parameters. */
export function cryptoAttribute(line: CryptoAttribute): Attribute {
  const key = Buffer.from(line.keyAndSalt).toString('base64');
  return { name: 'crypto', value: `${line.tag} ${line.suite} inline:${key}` };
}

/** Lines for an offer, the most preferred first, each with a key of its own. `random` makes that many bytes which nobody can guess. */
export function offerCrypto(
  suites: readonly SdesSuite[],
  random: (bytes: number) => Uint8Array,
): readonly CryptoAttribute[] {
  return suites.map((suite, i) => ({ tag: i + 1, suite, keyAndSalt: random(SDES_SUITES[suite]) }));
}

/** Both keys of a stream, once offer and answer agree; tags and suites are the same. */
export interface AgreedCrypto {
  readonly ours: CryptoAttribute;
  readonly theirs: CryptoAttribute;
}

/**
 * Answers the lines of an offer: by the answerer's preference, with a key of its own and the tag that it chose (RFC 4568 §5.1.2).
 * `inUse`: what the stream has been running with; it stays where the offer still has it, since a key that goes on must go on with the
 * counters that belong to it. Undefined where no line can be used.
 */
export function answerCrypto(
  offered: MediaDescription,
  preferred: readonly SdesSuite[],
  random: (bytes: number) => Uint8Array,
  inUse?: AgreedCrypto,
): AgreedCrypto | undefined {
  const { usable } = cryptoAttributes(offered);
  if (inUse !== undefined) {
    const same = usable.find((line) => sameKey(line, inUse.theirs));
    if (same !== undefined) return { ours: { ...inUse.ours, tag: same.tag }, theirs: same };
  }
  for (const suite of preferred) {
    const theirs = usable.find((line) => line.suite === suite);
    if (theirs === undefined) continue;
    // A stream that stays where it is keeps the key that it sends with (RFC 4568 §7.1.4), if the suite allows.
    const kept = inUse?.ours.suite === suite ? inUse.ours.keyAndSalt : undefined;
    return { ours: { tag: theirs.tag, suite, keyAndSalt: kept ?? random(SDES_SUITES[suite]) }, theirs };
  }
  return undefined;
}

/** What the answer to `offerCrypto`'s lines chose: exactly one line, with the tag and suite of an offered one (RFC 4568 §5.1.3). */
export function agreeCrypto(
  offered: readonly CryptoAttribute[],
  answered: MediaDescription,
): { readonly kind: 'agreed'; readonly crypto: AgreedCrypto } | { readonly kind: 'mismatch'; readonly reason: string } {
  const { usable, refused } = cryptoAttributes(answered);
  const [theirs] = usable;
  if (usable.length + refused.length !== 1 || theirs === undefined) {
    const why = refused[0] === undefined ? '' : `: ${refused[0].reason}`;
    return {
      kind: 'mismatch',
      reason: `the answer has ${usable.length} usable crypto lines and ${refused.length} others, not one${why}`,
    };
  }
  const ours = offered.find((line) => line.tag === theirs.tag);
  if (ours === undefined || ours.suite !== theirs.suite) {
    return { kind: 'mismatch', reason: `the answer's crypto line ${theirs.tag} ${theirs.suite} was not on offer` };
  }
  return { kind: 'agreed', crypto: { ours, theirs } };
}

/** True if both lines protect packets alike; tags aside. */
export function sameKey(a: CryptoAttribute, b: CryptoAttribute): boolean {
  return a.suite === b.suite && Buffer.compare(a.keyAndSalt, b.keyAndSalt) === 0;
}
