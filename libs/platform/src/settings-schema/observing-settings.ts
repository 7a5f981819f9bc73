import { logLevels, parseEndpoint, parseUrl, wholeNumber } from '../setting-values.js';
import { setting, settingOr } from './setting.js';

/** Logs, metrics, traces and copies of messages. */
export const observingSettings = {
  RINGDOWN_TRACE_KEY: setting(
    {
      description: 'Key of the hash that makes trace ids of Call-IDs, alike in every process.',
      expected: 'at least 8 printable ASCII characters without spaces',
      fallback: 'an empty key',
      secret: true,
    },
    (text) => (/^[\x21-\x7e]{8,}$/.test(text) ? text : undefined),
  ),
  RINGDOWN_LOG_LEVEL: settingOr(
    'info',
    { description: 'Least severe level that is logged.', expected: `one of ${logLevels.join(', ')}` },
    (text) => logLevels.find((level) => level === text),
  ),
  RINGDOWN_TRACE_SAMPLING: settingOr(
    '0.01',
    { description: 'Share of calls that are traced.', expected: 'a number from 0 to 1' },
    (text) => (/^(?:0|1|0?\.\d{1,9}|1\.0{1,9}|0\.\d{1,9})$/.test(text) ? Number(text) : undefined),
  ),
  RINGDOWN_METRICS_TENANTS: settingOr(
    '200',
    {
      description:
        'Tenants that have metrics of their own, on each edge the first that it sees; the rest are counted together as `other`.',
      expected: 'a whole number from 0 to 10000',
    },
    (text) => wholeNumber(text, 0, 10_000),
  ),
  RINGDOWN_CAPTURE_SEC: settingOr(
    '60',
    {
      description:
        'How long an edge keeps the messages that went over its flows, in seconds, for `ringdown trace`. 0 keeps none. What is secret in them is blanked before anybody sees it.',
      expected: 'a whole number from 0 to 3600',
    },
    (text) => wholeNumber(text, 0, 3_600),
  ),
  RINGDOWN_CAPTURE_MIB: settingOr(
    '64',
    {
      description:
        'Memory for these messages on each edge, in MiB. Where more comes within the time, the newest are kept; metrics show how far back they reach.',
      expected: 'a whole number from 1 to 4096',
    },
    (text) => wholeNumber(text, 1, 4_096),
  ),
  RINGDOWN_CAPTURE_KEPT_MIB: settingOr(
    '16',
    {
      description:
        'Memory on each edge for the messages of calls that failed, were slow to ring or were asked for, in MiB. They are kept for an hour, the newest calls first.',
      expected: 'a whole number from 1 to 4096',
    },
    (text) => wholeNumber(text, 1, 4_096),
  ),
  RINGDOWN_HEP_URL: setting(
    {
      description:
        'Capture server, such as Homer, that gets a copy of every SIP message of an edge as HEP version 3. Secrets in them are blanked.',
      expected: 'a udp:// URL with a port, such as udp://homer.example.com:9060',
      fallback: 'none gets any',
    },
    (text) => (text.startsWith('udp://') ? parseEndpoint(text.slice('udp://'.length)) : undefined),
  ),
  RINGDOWN_HEP_ID: settingOr(
    '2001',
    {
      description: 'The number that this edge has toward the capture server.',
      expected: 'a whole number from 0 to 4294967295',
    },
    (text) => wholeNumber(text, 0, 4_294_967_295),
  ),
  RINGDOWN_HEP_PASSWORD: setting(
    {
      description: 'What the capture server lets edges in with.',
      expected: 'printable ASCII characters without spaces',
      secret: true,
    },
    (text) => (/^[\x21-\x7e]+$/.test(text) ? text : undefined),
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    {
      description: 'OpenTelemetry collector that takes traces by OTLP over HTTP.',
      expected: 'an http:// or https:// URL',
      fallback: 'traces are not exported',
    },
    (text) => parseUrl(text, ['http:', 'https:']),
  ),
};
