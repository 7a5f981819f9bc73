import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from './problem.js';

/** What `checkBearerKey` finds. */
export type BearerKeyCheck = 'right' | 'missing' | 'wrong';

/**
 * Compares an Authorization header (RFC 6750 §2.1) with the key. Hashes of equal length are compared in constant time, so that
 * neither the key's characters nor its length can be felt out.
 */
export function checkBearerKey(authorization: string | undefined, key: string): BearerKeyCheck {
  const match = /^Bearer +([^ ]+) *$/i.exec(authorization ?? '');
  if (match === null) return 'missing';
  return timingSafeEqual(digest(match[1]!), digest(key)) ? 'right' : 'wrong';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Refuses what comes without the key to /v1, before its body is read and also where nothing is there. */
export function requireBearerKey(key: string, openPaths: ReadonlySet<string>) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const path = request.url.split('?', 1)[0]!;
    if ((path !== '/v1' && !path.startsWith('/v1/')) || openPaths.has(path)) return undefined;
    const check = checkBearerKey(request.headers.authorization, key);
    if (check === 'right') return undefined;
    const detail =
      check === 'missing'
        ? 'Send the key as "Authorization: Bearer <key>"; it is RINGDOWN_ADMIN_TOKEN, printed at the start.'
        : 'The key is not the right one; it is RINGDOWN_ADMIN_TOKEN, printed at the start.';
    return (
      reply
        .status(401)
        // RFC 6750 §3: the error code only where a key was sent.
        .header('www-authenticate', `Bearer realm="ringdown"${check === 'wrong' ? ', error="invalid_token"' : ''}`)
        .header('content-type', 'application/problem+json; charset=utf-8')
        .send(JSON.stringify(problem(401, detail)))
    );
  };
}
