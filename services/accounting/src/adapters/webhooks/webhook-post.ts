import { lookup as resolve } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { WebhookTargets } from '@ringdown/platform';
import { isPublicAddress } from '../../domain/public-address.js';
import type { PostWebhook, WebhookPostResult } from '../../ports/webhook-poster.js';

export interface WebhookPosterOptions {
  /** `public`: https to addresses of the public internet only. `any`: http too, and every address. */
  readonly targets: WebhookTargets;
  /** For all of it, from the lookup of the name on; default 10,000. */
  readonly timeoutMs?: number;
  /** Certificate authorities beside those that Node.js knows, in PEM. */
  readonly ca?: string;
  /** Looks names up; `dns.lookup` by default. */
  readonly lookup?: LookupFunction;
}

/** Of an answer's body nothing is used; so much is read, so that the connection ends well, and the rest is cut off. */
const MAX_ANSWER_BYTES = 64 * 1024;

class RefusedTargetError extends Error {}

/** Makes what posts to endpoints that tenants name, who mustn't reach the platform's own network by that. */
export function webhookPoster(options: WebhookPosterOptions): PostWebhook {
  const { targets, timeoutMs = 10_000, ca } = options;
  const lookup = targets === 'any' ? options.lookup : publicLookup(options.lookup ?? (resolve as LookupFunction));
  return ({ url, headers, body }) => {
    const target = new URL(url);
    const refusal = targets === 'any' ? undefined : refusalOf(target);
    if (refusal !== undefined) return Promise.resolve({ kind: 'failed', detail: refusal });
    return new Promise((done) => {
      const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = send(target, {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        // One connection a post: its name is looked up and judged anew, and no idle one is kept for each tenant.
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
        ...(lookup === undefined ? {} : { lookup }),
        ...(ca === undefined ? {} : { ca }),
      });
      let answer: WebhookPostResult | undefined;
      // The status is the answer, also where its body is cut off.
      request.on('error', (error) => done(answer ?? { kind: 'failed', detail: failureDetail(error, timeoutMs) }));
      request.once('response', (response) => {
        const statusCode = response.statusCode ?? 0;
        const answered: WebhookPostResult = {
          kind: 'answered',
          statusCode,
          retryAfterMs: retryAfterMs(response.headers['retry-after']),
        };
        answer = answered;
        const end = (): void => {
          done(answered);
          request.destroy();
        };
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES) end();
        });
        response.on('end', end).on('error', end);
      });
      request.end(body);
    });
  };
}

/** Why a URL is not posted to, as far as it says by itself. */
function refusalOf({ protocol, hostname }: URL): string | undefined {
  if (protocol !== 'https:') return 'it is no https URL';
  const host = hostname.replace(/^\[|\]$/g, '');
  // An address is connected to without a lookup.
  if (isIP(host) !== 0 && !isPublicAddress(host)) return notPublic(host);
  return undefined;
}

function notPublic(address: string): string {
  return `${address} is no address of the public internet, and only those are posted to`;
}

/**
 * A lookup whose answer holds public addresses only. It is the one that the connection is made by, so that no second lookup can
 * give another answer.
 */
function publicLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '', 0);
      const addresses = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }];
      const refused = addresses.find(({ address }) => !isPublicAddress(address));
      if (refused !== undefined) return callback(new RefusedTargetError(notPublic(refused.address)), '', 0);
      if (options.all === true) return callback(null, addresses);
      const first = addresses[0];
      if (first === undefined) return callback(new Error(`${hostname} has no address`), '', 0);
      return callback(null, first.address, first.family);
    });
  };
}

function failureDetail(error: Error, timeoutMs: number): string {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  if (error instanceof RefusedTargetError) return error.message;
  const code: unknown = 'code' in error ? error.code : undefined;
  // An AggregateError, of several addresses, has no message of its own.
  return typeof code === 'string' ? `it cannot be reached: ${code}` : `it cannot be reached: ${error.message}`;
}

/** RFC 9110 §10.2.3, in seconds or as a date; 0 where there is none. */
function retryAfterMs(value: string | undefined): number {
  if (value === undefined) return 0;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? 0 : Math.max(0, atMs - Date.now());
}
