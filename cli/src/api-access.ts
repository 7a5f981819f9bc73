import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import { CommandProblem } from './command-problem.js';

/** Where the REST API is, and what opens it. */
export interface ApiAccess {
  /** Without a slash at the end. */
  readonly url: string;
  readonly adminToken: string;
}

/** Where `npm start` listens. */
const DEFAULT_URL = 'http://127.0.0.1:8080';

/**
 * Reads RINGDOWN_API_URL and RINGDOWN_ADMIN_TOKEN. Without a token, that of a platform which `npm start` started in `folder` is taken, for
 * an API on this host only: nobody else is told of it. Throws a CommandProblem.
 */
export function apiAccess(environment: NodeJS.ProcessEnv, folder: string, chosenUrl?: string): ApiAccess {
  const url = parsedUrl(chosenUrl ?? environment['RINGDOWN_API_URL'] ?? DEFAULT_URL);
  const given = environment['RINGDOWN_ADMIN_TOKEN'];
  if (given !== undefined && given !== '') return { url: withoutSlash(url), adminToken: given };
  const file = resolve(folder, environment['RINGDOWN_DATA_DIR'] ?? '.ringdown', 'secrets.json');
  const adminToken = isLoopback(url) ? storedToken(file) : undefined;
  if (adminToken !== undefined) return { url: withoutSlash(url), adminToken };
  throw new CommandProblem(`RINGDOWN_ADMIN_TOKEN is missing: ${url.host} is asked with it.`, [
    'Set it to the key that the platform was given, or that `npm start` prints as "Key".',
    ...(isLoopback(url) ? [`(There is none in ${file} either, where \`npm start\` keeps it.)`] : []),
  ]);
}

function parsedUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new CommandProblem(`RINGDOWN_API_URL must be an http:// or https:// URL, not "${text}".`);
}

function withoutSlash({ origin, pathname }: URL): string {
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
}

function storedToken(file: string): string | undefined {
  try {
    const { adminToken } = JSON.parse(readFileSync(file, 'utf8')) as { readonly adminToken?: unknown };
    return typeof adminToken === 'string' ? adminToken : undefined;
  } catch {
    return undefined;
  }
}
