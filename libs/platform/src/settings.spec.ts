import { describe, expect, it } from 'vitest';
import { formatSettingProblems, readSettings, type Settings } from './settings.js';
import { settingNotes } from './settings-schema.js';
import { defaultSipListeners } from './sip-listener.js';

function settingsOf(environment: Record<string, string>): Settings {
  const result = readSettings(environment);
  if (result.kind !== 'settings') throw new Error(formatSettingProblems(result.problems));
  return result.settings;
}

function problemsOf(environment: Record<string, string>): readonly string[] {
  const result = readSettings(environment);
  return result.kind === 'problems' ? result.problems.map((problem) => problem.message) : [];
}

const ports = (s: Settings): readonly number[] => s.sip.listeners.map(({ port }) => port);

describe('readSettings', () => {
  it('has a default for everything that a first start needs', () => {
    expect(settingsOf({})).toEqual({
      sip: { listeners: defaultSipListeners('127.0.0.1', 5060, undefined) },
      tls: { certificates: undefined, caPath: undefined },
      udp: { choice: 'auto', gatherMs: 1 },
      http: { host: '127.0.0.1', port: 8080 },
      grpc: { host: '127.0.0.1', port: 0 },
      peers: { certificate: undefined, key: undefined, ca: undefined, isInMesh: false },
      dataDir: '.ringdown',
      adminToken: undefined,
      postgresUrl: undefined,
      natsUrl: undefined,
      natsReplicas: 1,
      locationUrls: undefined,
      directoryUrls: undefined,
      registrarUrls: undefined,
      redirectUrls: undefined,
      focusUrls: undefined,
      focus: {
        id: 'focus-1',
        mediaHosts: [{ family: 'IP4', bound: '127.0.0.1', advertised: '127.0.0.1' }],
        mediaPorts: { first: 20_000, last: 29_999 },
        threads: undefined,
        recordingsDir: undefined,
      },
      edgeId: 'edge-1',
      udpPinholes: 'shared',
      leaseGraceSec: 60,
      records: { retentionDays: 400, maxCallSec: 86_400, maxSetupSec: 900 },
      webhookTargets: 'public',
      drain: { noticeSec: undefined, graceSec: undefined },
      sealKeys: undefined,
      sealKeysFile: undefined,
      traceKey: undefined,
      logLevel: 'info',
      metricsTenants: 200,
      traceSampling: 0.01,
      otlpEndpoint: undefined,
      hep: undefined,
      capture: { keepMs: 60_000, bytes: 64 * 1024 * 1024, keptBytes: 16 * 1024 * 1024 },
    });
  });

  it.each([
    [
      'RINGDOWN_SIP_HOST',
      '::1',
      (s: Settings) => s.sip.listeners.map(({ host }) => host),
      ['::1', '::1', '::1', '::1', '::1'],
    ],
    ['RINGDOWN_SIP_PORT', '0', ports, [0, 0, 0, 0, 0]],
    ['RINGDOWN_SIP_PORT', '65535', ports, [65_535, 65_535, 5061, 5080, 5443]],
    [
      'RINGDOWN_SIP_ADVERTISED_HOST',
      'sip.example.com',
      (s: Settings) => s.sip.listeners.every(({ advertisedHost }) => advertisedHost === 'sip.example.com'),
      true,
    ],
    ['RINGDOWN_SIP_LISTENERS', 'udp://[::]:5070, tcp://0.0.0.0:5071', ports, [5070, 5071]],
    [
      'RINGDOWN_TLS_CERTIFICATES',
      '/tls/a.crt:/tls/a.key, /etc/certs',
      (s: Settings) => s.tls.certificates,
      [
        { kind: 'pair', certificatePath: '/tls/a.crt', keyPath: '/tls/a.key' },
        { kind: 'folder', path: '/etc/certs' },
      ],
    ],
    ['RINGDOWN_TLS_CA', '/tls/ca.pem', (s: Settings) => s.tls.caPath, '/tls/ca.pem'],
    ['RINGDOWN_UDP', 'dgram', (s: Settings) => s.udp.choice, 'dgram'],
    ['RINGDOWN_UDP_GATHER_MS', '0', (s: Settings) => s.udp.gatherMs, 0],
    ['RINGDOWN_UDP_GATHER_MS', '3', (s: Settings) => s.udp.gatherMs, 3],
    ['RINGDOWN_HTTP_PORT', '', (s: Settings) => s.http.port, 8080],
    ['RINGDOWN_ADMIN_TOKEN', 'correct-horse', (s: Settings) => s.adminToken, 'correct-horse'],
    ['RINGDOWN_POSTGRES_URL', 'postgres://u:p@db/r', (s: Settings) => s.postgresUrl, 'postgres://u:p@db/r'],
    [
      'RINGDOWN_POSTGRES_URL',
      'postgres:///r?host=/run/postgresql',
      (s: Settings) => s.postgresUrl,
      'postgres:///r?host=/run/postgresql',
    ],
    ['RINGDOWN_NATS_URL', 'nats://bus:4222', (s: Settings) => s.natsUrl, 'nats://bus:4222'],
    ['RINGDOWN_LOCATION_URLS', 'a:1', (s: Settings) => s.locationUrls, [{ host: 'a', port: 1 }]],
    [
      'RINGDOWN_DIRECTORY_URLS',
      'a:1, [::1]:2',
      (s: Settings) => s.directoryUrls,
      [
        { host: 'a', port: 1 },
        { host: '::1', port: 2 },
      ],
    ],
    ['RINGDOWN_FOCUS_ID', 'focus-7', (s: Settings) => s.focus.id, 'focus-7'],
    [
      'RINGDOWN_FOCUS_MEDIA_HOSTS',
      '10.0.0.5=203.0.113.5, 2001:db8::5',
      (s: Settings) => s.focus.mediaHosts,
      [
        { family: 'IP4', bound: '10.0.0.5', advertised: '203.0.113.5' },
        { family: 'IP6', bound: '2001:db8::5', advertised: '2001:db8::5' },
      ],
    ],
    ['RINGDOWN_FOCUS_MEDIA_PORTS', '16384-32767', (s: Settings) => s.focus.mediaPorts, { first: 16_384, last: 32_767 }],
    ['RINGDOWN_FOCUS_THREADS', '3', (s: Settings) => s.focus.threads, 3],
    ['RINGDOWN_EDGE_ID', 'edge-west-2', (s: Settings) => s.edgeId, 'edge-west-2'],
    ['RINGDOWN_UDP_PINHOLES', 'owned', (s: Settings) => s.udpPinholes, 'owned'],
    ['RINGDOWN_LEASE_GRACE_SEC', '300', (s: Settings) => s.leaseGraceSec, 300],
    ['RINGDOWN_RECORDS_RETENTION_DAYS', '30', (s: Settings) => s.records.retentionDays, 30],
    ['RINGDOWN_RECORDS_MAX_CALL_SEC', '7200', (s: Settings) => s.records.maxCallSec, 7_200],
    ['RINGDOWN_RECORDS_MAX_SETUP_SEC', '60', (s: Settings) => s.records.maxSetupSec, 60],
    ['RINGDOWN_WEBHOOK_TARGETS', 'any', (s: Settings) => s.webhookTargets, 'any'],
    [
      'RINGDOWN_SEAL_KEYS',
      '7:AAAAAAAAAAAAAAAAAAAAAA==,6:AAAAAAAAAAAAAAAAAAAAAA',
      (s: Settings) => s.sealKeys,
      [
        { id: 7, key: Buffer.alloc(16) },
        { id: 6, key: Buffer.alloc(16) },
      ],
    ],
    ['RINGDOWN_LOG_LEVEL', 'debug', (s: Settings) => s.logLevel, 'debug'],
    ['RINGDOWN_TRACE_SAMPLING', '1', (s: Settings) => s.traceSampling, 1],
    ['RINGDOWN_TRACE_SAMPLING', '.5', (s: Settings) => s.traceSampling, 0.5],
    ['RINGDOWN_HEP_URL', 'udp://homer:9060', (s: Settings) => s.hep?.server, { host: 'homer', port: 9_060 }],
    ['RINGDOWN_CAPTURE_SEC', '0', (s: Settings) => s.capture, undefined],
    ['RINGDOWN_CAPTURE_SEC', '5', (s: Settings) => s.capture?.keepMs, 5_000],
    ['RINGDOWN_CAPTURE_MIB', '2', (s: Settings) => s.capture?.bytes, 2_097_152],
    ['RINGDOWN_CAPTURE_KEPT_MIB', '3', (s: Settings) => s.capture?.keptBytes, 3_145_728],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://c:4318', (s: Settings) => s.otlpEndpoint, 'http://c:4318'],
  ])('reads %s=%s', (name, value, read, expected) => {
    expect(read(settingsOf({ [name]: value }))).toEqual(expected);
  });

  it.each<readonly [name: string, value: string, message: string]>([
    [
      'RINGDOWN_SIP_PORT',
      '70000',
      'RINGDOWN_SIP_PORT is "70000", but must be a port from 0 to 65535 (0 means any free one).',
    ],
    [
      'RINGDOWN_SIP_PORT',
      '-1',
      'RINGDOWN_SIP_PORT is "-1", but must be a port from 0 to 65535 (0 means any free one).',
    ],
    [
      'RINGDOWN_HTTP_PORT',
      '80x',
      'RINGDOWN_HTTP_PORT is "80x", but must be a port from 0 to 65535 (0 means any free one).',
    ],
    [
      'RINGDOWN_SIP_LISTENERS',
      'udp://0.0.0.0:5060,sctp://0.0.0.0',
      'RINGDOWN_SIP_LISTENERS is "udp://0.0.0.0:5060,sctp://0.0.0.0", but must be a comma-separated list of listeners like udp://0.0.0.0:5060,tls://[::]:5061?advertise=sip.example.com ("sctp://0.0.0.0": the transport must be one of udp, tcp, tls, ws, wss).',
    ],
    [
      'RINGDOWN_TLS_CERTIFICATES',
      'a:b:c',
      'RINGDOWN_TLS_CERTIFICATES is "a:b:c", but must be a comma-separated list of cert:key pairs of files, or of folders.',
    ],
    ['RINGDOWN_SIP_HOST', 'a b', 'RINGDOWN_SIP_HOST is "a b", but must be a host name or an IP address.'],
    ['RINGDOWN_LOCATION_URLS', 'a', 'RINGDOWN_LOCATION_URLS is "a", but must be a comma-separated list of host:port.'],
    [
      'RINGDOWN_LOCATION_URLS',
      'a:0',
      'RINGDOWN_LOCATION_URLS is "a:0", but must be a comma-separated list of host:port.',
    ],
    [
      'RINGDOWN_LOCATION_URLS',
      'a:1,',
      'RINGDOWN_LOCATION_URLS is "a:1,", but must be a comma-separated list of host:port.',
    ],
    [
      'RINGDOWN_LOG_LEVEL',
      'loud',
      'RINGDOWN_LOG_LEVEL is "loud", but must be one of trace, debug, info, warn, error, fatal, silent.',
    ],
    ['RINGDOWN_UDP', 'fast', 'RINGDOWN_UDP is "fast", but must be one of auto, batched, dgram.'],
    ['RINGDOWN_UDP_GATHER_MS', '1.5', 'RINGDOWN_UDP_GATHER_MS is "1.5", but must be a whole number from 0 to 5.'],
    ['RINGDOWN_TRACE_SAMPLING', '1.5', 'RINGDOWN_TRACE_SAMPLING is "1.5", but must be a number from 0 to 1.'],
    [
      'RINGDOWN_EDGE_ID',
      'Edge_1',
      'RINGDOWN_EDGE_ID is "Edge_1", but must be 1 to 32 of the characters a-z, 0-9 and -.',
    ],
    ...['10.0.0.5,10.0.0.6', '10.0.0.5=::1', 'focus.example.com', '10.0.0.5=10.0.0.6=10.0.0.7'].map(
      (hosts) =>
        [
          'RINGDOWN_FOCUS_MEDIA_HOSTS',
          hosts,
          `RINGDOWN_FOCUS_MEDIA_HOSTS is "${hosts}", but must be a comma-separated list of one IPv4 and one IPv6 address at the most, each with =address behind it if need be.`,
        ] as const,
    ),
    ...['20000', '20000-20002', '30000-20000', '80-90', '1024-2048-4096'].map(
      (range) =>
        [
          'RINGDOWN_FOCUS_MEDIA_PORTS',
          range,
          `RINGDOWN_FOCUS_MEDIA_PORTS is "${range}", but must be two ports from 1024 to 65535 with a hyphen between them, the second higher by 3 at least.`,
        ] as const,
    ),
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'c:4318',
      'OTEL_EXPORTER_OTLP_ENDPOINT is "c:4318", but must be an http:// or https:// URL.',
    ],
  ])('refuses %s=%s in one line', (name, value, message) => {
    expect(problemsOf({ [name]: value })).toEqual([message]);
  });

  it.each([
    ['RINGDOWN_ADMIN_TOKEN', 'hunter2 hunter2', 'hunter2'],
    ['RINGDOWN_POSTGRES_URL', 'mysql://user:hunter2@db/r', 'hunter2'],
    ['RINGDOWN_NATS_URL', 'http://user:hunter2@bus', 'hunter2'],
    ['RINGDOWN_SEAL_KEYS', '1:c2VjcmV0,2:c2VjcmV0', 'c2VjcmV0'],
    ['RINGDOWN_SEAL_KEYS', '1:AAAAAAAAAAAAAAAAAAAAAA,1:AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAA'],
  ])('refuses %s without repeating the secret', (name, value, secret) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${name} is its value (not shown), but must be `);
    expect(problems[0]).not.toContain(secret);
  });

  it.each([
    ['RINGDOWN_SIPPORT', 'RINGDOWN_SIPPORT is not a setting. Did you mean RINGDOWN_SIP_PORT?'],
    ['RINGDOWN_LOCATION_URL', 'RINGDOWN_LOCATION_URL is not a setting. Did you mean RINGDOWN_LOCATION_URLS?'],
    ['RINGDOWN_HTPP_PORT', 'RINGDOWN_HTPP_PORT is not a setting. Did you mean RINGDOWN_HTTP_PORT?'],
    ['RINGDOWN_COLOUR_SCHEME', 'RINGDOWN_COLOUR_SCHEME is not a setting. docs/settings.md lists the settings.'],
  ])('refuses the unknown %s', (name, message) => {
    expect(problemsOf({ [name]: 'x' })).toEqual([message]);
  });

  it('lets the settings of the command line be', () => {
    expect(problemsOf({ RINGDOWN_API_URL: 'https://sip.example.com', RINGDOWN_TRACE_URL: 'x' })).toEqual([]);
  });

  it('reports every problem at once, and ignores what is not ours', () => {
    const problems = problemsOf({ PATH: '/bin', RINGDOWN_SIP_PORT: 'x', RINGDOWN_HTTP_PORT: 'y', RINGDOWN_NO: '1' });
    expect(problems).toHaveLength(3);
  });

  it('has a complete note for each setting', () => {
    for (const [name, note] of settingNotes()) {
      expect(name).toMatch(/^(?:RINGDOWN|OTEL)_[A-Z_]+$/);
      expect(note.description).toMatch(/\.$/);
      expect(note.expected).not.toBe('');
      expect(note.fallback).not.toBe('');
      expect(typeof note.secret).toBe('boolean');
    }
  });
});
