/**
 * What an endpoint's status means: `delivered`; `refused`, where it takes exception to this very message; or `failed`, where
 * it would take no message now.
 */
export type WebhookAnswer = 'delivered' | 'refused' | 'failed';

// Of the path, the key, the pace or the endpoint itself: these would be the answer to any message.
const OF_THE_ENDPOINT: ReadonlySet<number> = new Set([401, 402, 403, 404, 405, 407, 408, 410, 421, 425, 426, 429, 451]);

export function judgeStatus(statusCode: number): WebhookAnswer {
  if (statusCode >= 200 && statusCode < 300) return 'delivered';
  return statusCode >= 400 && statusCode < 500 && !OF_THE_ENDPOINT.has(statusCode) ? 'refused' : 'failed';
}

/** After so many failures in a row a refusal is taken for one of any message, and the whole webhook pauses. */
export const REFUSALS_OF_ONE = 5;
