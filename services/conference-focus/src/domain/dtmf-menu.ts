import type { Role } from './roster.js';

/** What a member asks for by its keys. */
export type MenuChoice =
  | 'mute'
  | 'quieter'
  | 'louder'
  | 'hand'
  | 'moderator-pin'
  | 'lock'
  | 'record'
  | 'mute-all'
  | 'end';

/** The keys that a member has pressed of a sequence that isn't complete, and when the last of them was. */
export interface MenuKeys {
  readonly keys: string;
  readonly atMs: number;
}

export const NO_KEYS: MenuKeys = { keys: '', atMs: 0 };

/** Between two keys of a sequence; after that it begins anew. */
export const KEY_PAUSE_MS = 4_000;

const MEMBER: Readonly<Record<string, MenuChoice>> = {
  '*6': 'mute',
  '*4': 'quieter',
  '*7': 'louder',
  '*9': 'hand',
  '*0': 'moderator-pin',
};

// Ending takes a third key, since nobody should end a conference by a slip of the finger.
const MODERATOR: Readonly<Record<string, MenuChoice>> = {
  ...MEMBER,
  '*1': 'lock',
  '*2': 'record',
  '*5': 'mute-all',
  '*8#': 'end',
};

const BEGINNINGS = new Set(Object.keys(MODERATOR).flatMap((keys) => [keys.slice(0, 1), keys.slice(0, 2)]));

/**
 * One key more. `chosen` is 'unknown' where a sequence means nothing, or nothing to this role; keys outside of a sequence are
 * ignored, as members talk to voice menus elsewhere through the same phone.
 */
export function menuKey(
  before: MenuKeys,
  key: string,
  role: Role,
  nowMs: number,
): { readonly keys: MenuKeys; readonly chosen?: MenuChoice | 'unknown' } {
  const begun = nowMs - before.atMs <= KEY_PAUSE_MS ? before.keys : '';
  if (key === '*') return { keys: { keys: '*', atMs: nowMs } };
  if (begun === '') return { keys: NO_KEYS };
  const keys = begun + key;
  const chosen = (role === 'moderator' ? MODERATOR : MEMBER)[keys];
  if (chosen !== undefined) return { keys: NO_KEYS, chosen };
  if (role === 'moderator' && BEGINNINGS.has(keys)) return { keys: { keys, atMs: nowMs } };
  return { keys: NO_KEYS, chosen: 'unknown' };
}
