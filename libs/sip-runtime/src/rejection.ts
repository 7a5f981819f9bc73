import { buildResponse, type ParseFailure } from '@ringdown/sip-message';

/**
 * The answer to a request that can't be read, or undefined where there is none to give: responses and ACKs are never
 * answered (RFC 3261 §18.1.2, §17.1.1.3), nor is what names no sender.
 */
export function rejectionOf(failure: ParseFailure, toTag: string): string | undefined {
  if (failure.partial === undefined) return undefined;
  // RFC 3261 §21.4.1: the reason phrase should say what the problem was.
  return buildResponse(failure.partial, failure.statusCode, { reasonPhrase: failure.reason, toTag });
}
