import { isatty } from 'node:tty';
import { pino } from 'pino';
import { prettyLines } from './log-lines.js';
import type { LogLevel } from './setting-values.js';

/** Fields that tie a line to a call; any other short fact may stand beside them. */
export interface LogFields {
  readonly traceId?: string | undefined;
  readonly tenant?: string | undefined;
  readonly callId?: string | undefined;
  readonly error?: unknown;
  readonly [name: string]: unknown;
}

/** One service's log. Every method takes a sentence and the facts of this occurrence. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose lines all carry these fields. */
  child(fields: LogFields): Logger;
  /** The same destination and level under another service's name. */
  forService(service: string): Logger;
  isEnabled(level: 'debug' | 'info' | 'warn' | 'error'): boolean;
}

export interface LoggerOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** Where lines go; standard output by default. */
  readonly write?: (line: string) => void;
  /** Lines for a person instead of JSON; by default when standard output is a terminal. */
  readonly pretty?: boolean;
}

const secretNames = [
  'authorization',
  'proxyAuthorization',
  'Authorization',
  'Proxy-Authorization',
  'authentication',
  'password',
  'token',
  'adminToken',
  'secret',
  'ha1',
  'HA1',
  'sealKeys',
  'traceKey',
  'cookie',
];

/** The paths pino redacts: each secret name at the top level and one level down. */
const redact = {
  paths: secretNames.flatMap((name) => (name.includes('-') ? [`["${name}"]`, `*["${name}"]`] : [name, `*.${name}`])),
  censor: '[secret]',
};

/** A logger whose lines are JSON, one object a line, or short lines of text on a terminal. */
export function createLogger(options: LoggerOptions): Logger {
  const write = options.write ?? ((line: string) => void process.stdout.write(line));
  const pretty = options.pretty ?? (options.write === undefined && isatty(1));
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'message',
      errorKey: 'error',
      serializers: { error: describeError },
      redact,
    },
    { write: pretty ? prettyLines(write) : write },
  );
  return wrap(root.child({ service: options.service }), root);
}

/** A logger that drops everything. */
export function silentLogger(): Logger {
  return createLogger({ service: 'silent', level: 'silent', write: () => undefined, pretty: false });
}

type Line = Record<string, unknown>;

function wrap(own: pino.Logger, root: pino.Logger): Logger {
  return {
    debug: (message, fields) => own.debug((fields ?? {}) as Line, message),
    info: (message, fields) => own.info((fields ?? {}) as Line, message),
    warn: (message, fields) => own.warn((fields ?? {}) as Line, message),
    error: (message, fields) => own.error((fields ?? {}) as Line, message),
    child: (fields) => wrap(own.child(fields), root),
    forService: (service) => wrap(root.child({ service }), root),
    isEnabled: (level) => own.isLevelEnabled(level),
  };
}

const urlCredentials = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi;

/** An error's facts without the password that a connection URL in its message may carry. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    type: error.name,
    message: withoutCredentials(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: withoutCredentials(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/** The text with the password of every URL in it replaced. */
export function withoutCredentials(text: string): string {
  return text.replace(urlCredentials, '$1:[secret]@');
}
