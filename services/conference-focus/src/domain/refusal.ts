/** Why somebody doesn't get in: what the phone is told, and a word for metrics. */
export interface Refusal {
  readonly kind: 'refused';
  readonly statusCode: number;
  readonly reasonPhrase: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly why: RefusalReason;
}

export type RefusalReason =
  | 'no-room'
  | 'full'
  | 'locked'
  | 'too-many-conferences'
  | 'minutes-used-up'
  | 'wrong-pins'
  | 'too-many-at-the-door'
  | 'not-a-member'
  | 'elsewhere'
  | 'draining'
  | 'no-media'
  | 'unavailable';

// 480 where the conference itself is what can't be had now, 486 where it is others who occupy it, 403 where trying again doesn't
// help, and 503 where this pod can't and another, or the same one later, can.
const ANSWERS: Readonly<Record<RefusalReason, readonly [statusCode: number, phrase: string, retryAfterSec?: number]>> =
  {
    'no-room': [404, 'No Such Conference'],
    full: [486, 'Conference Full', 60],
    locked: [480, 'Conference Locked'],
    'too-many-conferences': [480, 'Too Many Conferences', 60],
    'minutes-used-up': [403, 'Conference Minutes Used Up'],
    'wrong-pins': [480, 'Too Many Wrong PINs', 30],
    'too-many-at-the-door': [486, 'Too Many Are Being Asked For A PIN', 30],
    'not-a-member': [481, 'Replaced Member Is Not In The Conference'],
    // The edge looks for its home again; no phone sees this one.
    elsewhere: [430, 'Conference Lives Elsewhere'],
    draining: [503, 'Focus Opens No Conferences Any More', 1],
    'no-media': [503, 'No Media Ports', 10],
    unavailable: [503, 'Conference Settings Unavailable', 5],
  };

/** The answer for a reason. `retryAfterSec` takes the place of the reason's own; rounded up to whole seconds. */
export function refusal(why: RefusalReason, retryAfterSec?: number): Refusal {
  const [statusCode, reasonPhrase, usualSec] = ANSWERS[why];
  const sec = retryAfterSec ?? usualSec;
  const headers = sec === undefined ? undefined : ([['Retry-After', String(Math.max(1, Math.ceil(sec)))]] as const);
  return { kind: 'refused', statusCode, reasonPhrase, why, ...(headers && { headers }) };
}
