import { formatParameters } from './format-parameters.js';

/** A format of H.264 (RFC 6184 §8.1), as far as offer and answer compare it. */
export interface H264Format {
  /** Of one profile are all that mean the same by §8.1's table 5; otherwise the bytes of profile and constraints. */
  readonly profile: string;
  /** Ten times the level; 1b is 10.5 times one, between 1 (10) and 1.1 (11). */
  readonly levelTimesTen: number;
  /** 0: single NAL units; 1: non-interleaved (STAP-A, FU-A); 2: interleaved. */
  readonly packetizationMode: 0 | 1 | 2;
  /** Each side may send at the level that the other side receives. */
  readonly levelAsymmetryAllowed: boolean;
  /** The three bytes, six hexadecimal digits. */
  readonly profileLevelId: string;
}

/** RFC 6184 §8.1, table 5: profile_idc and which bits of profile-iop are what; the last one is in no RFC and in every browser. */
const PROFILES: readonly (readonly [profileIdc: number, mask: number, value: number, profile: string])[] = [
  [0x42, 0b0100_1111, 0b0100_0000, 'constrained-baseline'],
  [0x4d, 0b1000_1111, 0b1000_0000, 'constrained-baseline'],
  [0x58, 0b1100_1111, 0b1100_0000, 'constrained-baseline'],
  [0x42, 0b0100_1111, 0b0000_0000, 'baseline'],
  [0x58, 0b1100_1111, 0b1000_0000, 'baseline'],
  [0x4d, 0b1010_1111, 0b0000_0000, 'main'],
  [0x58, 0b1100_1111, 0b0000_0000, 'extended'],
  [0x64, 0b1111_1111, 0b0000_0000, 'high'],
  [0x64, 0b1111_1111, 0b0000_1100, 'constrained-high'],
];

/** Baseline at level 1, where nothing is said. */
const DEFAULT_PROFILE_LEVEL_ID = '42000a';
const LEVEL_1B = 10.5;

function levelOf(profileIdc: number, constraints: number, levelIdc: number): number {
  // Level 1b is said by level_idc 9, and in the older profiles by level_idc 11 with constraint_set3_flag.
  const older = profileIdc === 0x42 || profileIdc === 0x4d || profileIdc === 0x58;
  return levelIdc === 9 || (older && levelIdc === 11 && (constraints & 0x10) !== 0) ? LEVEL_1B : levelIdc;
}

/** Reads the parameters of an H.264 format; undefined where they break RFC 6184, so that nothing can be agreed on. */
export function h264Format(parameters: string | undefined): H264Format | undefined {
  const pairs = formatParameters(parameters);
  const profileLevelId = (pairs.get('profile-level-id') ?? DEFAULT_PROFILE_LEVEL_ID).toLowerCase();
  const mode = pairs.get('packetization-mode') ?? '0';
  if (!/^[0-9a-f]{6}$/.test(profileLevelId) || !/^[0-2]$/.test(mode)) return undefined;
  const profileIdc = Number.parseInt(profileLevelId.slice(0, 2), 16);
  const constraints = Number.parseInt(profileLevelId.slice(2, 4), 16);
  const known = PROFILES.find(([idc, mask, value]) => idc === profileIdc && (constraints & mask) === value);
  return {
    profile: known?.[3] ?? profileLevelId.slice(0, 4),
    levelTimesTen: levelOf(profileIdc, constraints, Number.parseInt(profileLevelId.slice(4), 16)),
    packetizationMode: Number(mode) as 0 | 1 | 2,
    levelAsymmetryAllowed: pairs.get('level-asymmetry-allowed') === '1',
    profileLevelId,
  };
}

/**
 * True if both are one configuration: profile and packetization mode, which an answer can't change; the level it can (RFC 6184 §8.2.2).
 * Baseline counts as its constrained part: encoders of calls make nothing else, and which of both they name differs from phone to browser.
 */
export function sameH264(a: string | undefined, b: string | undefined): boolean {
  const one = h264Format(a);
  const other = h264Format(b);
  if (one === undefined || other === undefined) return false;
  return comparable(one.profile) === comparable(other.profile) && one.packetizationMode === other.packetizationMode;
}

function comparable(profile: string): string {
  return profile === 'baseline' ? 'constrained-baseline' : profile;
}

/**
 * The parameters of an answer (RFC 6184 §8.2.2), where `sameH264` holds: our own level where both sides allow asymmetry, else the lower of
 * both, in the offer's profile bytes.
 */
export function answerH264(offered: string | undefined, supported: string | undefined): string | undefined {
  const theirs = h264Format(offered);
  const ours = h264Format(supported);
  if (theirs === undefined || ours === undefined) return supported;
  const asymmetric = theirs.levelAsymmetryAllowed && ours.levelAsymmetryAllowed;
  const profileLevelId =
    !asymmetric && theirs.levelTimesTen <= ours.levelTimesTen
      ? theirs.profileLevelId
      : withLevelOf(theirs.profileLevelId, ours);
  const parts = [`profile-level-id=${profileLevelId}`, `packetization-mode=${theirs.packetizationMode}`];
  if (asymmetric) parts.unshift('level-asymmetry-allowed=1');
  return parts.join(';');
}

function withLevelOf(profileLevelId: string, ours: H264Format): string {
  // How 1b is said depends on the profile's own bits, so that it keeps its own bytes.
  if (ours.levelTimesTen === LEVEL_1B) return ours.profileLevelId;
  const constraints = Number.parseInt(profileLevelId.slice(2, 4), 16);
  // Left in, constraint_set3_flag would make 1b of a level 1.1.
  const cleared = ours.levelTimesTen === 11 ? constraints & ~0x10 : constraints;
  return `${profileLevelId.slice(0, 2)}${cleared.toString(16).padStart(2, '0')}${ours.profileLevelId.slice(4)}`;
}
