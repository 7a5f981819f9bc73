/** What a session description is in the exchange of RFC 3264. */
export type DescriptionRole = 'offer' | 'answer';

/**
 * What the description in a request is (RFC 3261 §13.2.1, RFC 3262 §5, RFC 3311 §5.1); undefined where it is not about the session. In a PRACK
 * it is the answer where the INVITE brought no offer.
 */
export function roleInRequest(method: string, offerless: boolean): DescriptionRole | undefined {
  switch (method) {
    case 'INVITE':
    case 'UPDATE':
      return 'offer';
    case 'ACK':
      return 'answer';
    case 'PRACK':
      return offerless ? 'answer' : 'offer';
    default:
      return undefined;
  }
}

/** What the description in a response is; `asked` is what the one in its request was. */
export function roleInResponse(method: string, asked: DescriptionRole | undefined): DescriptionRole | undefined {
  if (asked === 'offer') return 'answer';
  // RFC 3261 §13.2.1: without an offer in the INVITE, the first reliable response makes one.
  return method === 'INVITE' && asked === undefined ? 'offer' : undefined;
}
