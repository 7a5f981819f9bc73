/** Why a member is sent away, as its phone is told (RFC 3326). */
export interface HangUp {
  /** A SIP status code, or undefined for a normal end. */
  readonly statusCode?: number;
  readonly text: string;
}

/** What a room asks of the signalling of one of its members. */
export interface MemberLeg {
  /** Ends the call: BYE where it is established, CANCEL where it rings, a refusal where it hasn't been answered. */
  hangUp(why: HangUp): void;
  /** Asks the phone for a key frame by signalling (RFC 5168), since its media understands no such wish. */
  requestKeyFrame(): void;
}
