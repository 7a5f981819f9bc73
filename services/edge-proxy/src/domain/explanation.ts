/** What a decision about a request is about. */
export type Step =
  | 'domain'
  | 'caller'
  | 'admission'
  | 'number'
  | 'routes'
  | 'destination'
  | 'bindings'
  | 'subscriber'
  | 'conference'
  | 'target'
  | 'media'
  | 'trust'
  | 'outcome';

/** One decision on a request's way, for a person. */
export interface Reason {
  readonly step: Step;
  /** What was found or decided. */
  readonly decision: string;
  /** The row, rule or policy behind it, by its name. */
  readonly rule?: string;
}

/** Told of each decision. Where nobody wants to know there is none, and what it would be told isn't put together. */
export type Explain = (reason: Reason) => void;
