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
