import { describe, expect, it } from 'vitest';
import { defaultSipListeners, parseCertificateSource, parseSipListener, parseSipListeners } from './sip-listener.js';

const plain = {
  advertisedHost: undefined,
  advertisedPort: undefined,
  proxyFrom: [],
  origins: undefined,
  clientCaPath: undefined,
  clientRequired: false,
  maxConnections: undefined,
  maxConnectionsPerHost: undefined,
  certificates: undefined,
  settings: { host: 'RINGDOWN_SIP_LISTENERS', port: 'RINGDOWN_SIP_LISTENERS' },
};

describe('a listener', () => {
  it.each([
    ['udp://0.0.0.0:5060', { transport: 'UDP', host: '0.0.0.0', port: 5060 }],
    ['TCP://[::]:5070', { transport: 'TCP', host: '::', port: 5070 }],
    ['tls://sip.example.com', { transport: 'TLS', host: 'sip.example.com', port: 5061 }],
    ['ws://127.0.0.1', { transport: 'WS', host: '127.0.0.1', port: 5080 }],
    ['wss://127.0.0.1:443/', { transport: 'WSS', host: '127.0.0.1', port: 443 }],
    ['udp://127.0.0.1:0', { transport: 'UDP', host: '127.0.0.1', port: 0 }],
    [
      'udp://10.0.0.1:5060?advertise=sip.example.com:5070',
      { transport: 'UDP', host: '10.0.0.1', port: 5060, advertisedHost: 'sip.example.com', advertisedPort: 5070 },
    ],
    [
      'udp://[::]:5060?advertise=[2001:db8::1]',
      { transport: 'UDP', host: '::', port: 5060, advertisedHost: '2001:db8::1' },
    ],
    [
      'tcp://0.0.0.0:5060?proxy=10.0.0.0/8|2001:db8::/32|192.0.2.1',
      { transport: 'TCP', host: '0.0.0.0', port: 5060, proxyFrom: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'] },
    ],
    [
      'wss://0.0.0.0:443?origins=https://a.example.com|https://b.example.com:8443&certificates=/tls/b.crt:/tls/b.key|/more',
      {
        transport: 'WSS',
        host: '0.0.0.0',
        port: 443,
        origins: ['https://a.example.com', 'https://b.example.com:8443'],
        certificates: [
          { kind: 'pair', certificatePath: '/tls/b.crt', keyPath: '/tls/b.key' },
          { kind: 'folder', path: '/more' },
        ],
      },
    ],
    [
      'tls://0.0.0.0?client-ca=/tls/trunks.pem&client=required',
      { transport: 'TLS', host: '0.0.0.0', port: 5061, clientCaPath: '/tls/trunks.pem', clientRequired: true },
    ],
    [
      'wss://0.0.0.0?connections=80000&connections-per-host=5000',
      { transport: 'WSS', host: '0.0.0.0', port: 5443, maxConnections: 80_000, maxConnectionsPerHost: 5_000 },
    ],
  ])('%s', (text, expected) => {
    expect(parseSipListener(text)).toEqual({ ...plain, ...expected });
  });

  it.each([
    ['0.0.0.0:5060', 'a listener is written like udp://0.0.0.0:5060'],
    ['udp://::1:5060', 'a listener is written like udp://0.0.0.0:5060'],
    ['sctp://0.0.0.0', 'the transport must be one of udp, tcp, tls, ws, wss'],
    ['udp://', 'the host must be a name, an IPv4 address, or an IPv6 address in brackets'],
    ['udp://[1.2.3.4]', 'the host must be a name, an IPv4 address, or an IPv6 address in brackets'],
    ['udp://0.0.0.0:65536', 'the port must be from 0 to 65535'],
    ['udp://0.0.0.0?advertise=0.0.0.0', 'advertise must be a host that peers can reach, or host:port'],
    ['udp://0.0.0.0?advertise=a:0', 'advertise must be a host that peers can reach, or host:port'],
    ['udp://0.0.0.0?advertise=::1', 'advertise must be a host that peers can reach, or host:port'],
    ['udp://0.0.0.0:0?advertise=a:5060', 'a port is advertised, but none is given to listen on'],
    ['udp://0.0.0.0?proxy=10.0.0.0/8', 'proxy is for tcp, tls, ws, wss only'],
    ['tcp://0.0.0.0?proxy=10.0.0.0/33', 'proxy must be networks like 10.0.0.0/8, with | between them'],
    ['tcp://0.0.0.0?proxy=', 'proxy must be networks like 10.0.0.0/8, with | between them'],
    ['tls://0.0.0.0?origins=https://a', 'origins is for ws, wss only'],
    [
      'ws://0.0.0.0?origins=a.example.com',
      'origins must be origins like https://phone.example.com, with | between them',
    ],
    ['ws://0.0.0.0?origins=https://a/x', 'origins must be origins like https://phone.example.com, with | between them'],
    ['tls://0.0.0.0?certificates=a:b:c', 'certificates must be cert:key files or a folder, with | between them'],
    ['tls://0.0.0.0?client=maybe', 'client must be required or optional'],
    ['tls://0.0.0.0?client=required', 'client=required needs client-ca, the authorities whose certificates are taken'],
    ['tls://0.0.0.0?client-ca=', 'client-ca must be a file'],
    ['udp://0.0.0.0?connections=5', 'connections is for tcp, tls, ws, wss only'],
    ['tcp://0.0.0.0?connections=0', 'connections must be a whole number from 1 to 9999999'],
    ['tcp://0.0.0.0?connections-per-host=many', 'connections-per-host must be a whole number from 1 to 9999999'],
    [
      'udp://0.0.0.0?colour=red',
      'colour is no parameter (there are advertise, proxy, origins, certificates, client-ca, client, connections, connections-per-host)',
    ],
  ])('is not %s: %s', (text, misfit) => {
    expect(parseSipListener(text)).toEqual({ misfit });
  });
});

describe('a list of listeners', () => {
  it('may have one address for several transports, and any free port several times', () => {
    const listeners = parseSipListeners('udp://a:5060, tcp://a:5060,udp://a:0,udp://a:0');
    expect(listeners).toHaveLength(4);
  });

  it('has each but once, and says which is wrong', () => {
    expect(parseSipListeners('udp://a:1,udp://a:1')).toEqual({ misfit: '"udp://a:1" stands there twice' });
    expect(parseSipListeners('udp://a:1,')).toEqual({ misfit: '"": a listener is written like udp://0.0.0.0:5060' });
  });
});

describe('the listeners of a host and a port', () => {
  it('are at the port, or at the port of their own', () => {
    expect(
      defaultSipListeners('::1', 5070, undefined).map(({ transport, host, port }) => [transport, host, port]),
    ).toEqual([
      ['UDP', '::1', 5070],
      ['TCP', '::1', 5070],
      ['TLS', '::1', 5061],
      ['WS', '::1', 5080],
      ['WSS', '::1', 5443],
    ]);
  });

  it('are at any free port where the port is 0', () => {
    expect(
      defaultSipListeners('::1', 0, 'sip.test').every(
        ({ port, advertisedHost }) => port === 0 && advertisedHost === 'sip.test',
      ),
    ).toBe(true);
  });

  it('name the setting that changes them', () => {
    expect(defaultSipListeners('::1', 0, undefined)[0]?.settings).toEqual({
      host: 'RINGDOWN_SIP_HOST',
      port: 'RINGDOWN_SIP_PORT',
    });
  });
});

it.each([
  ['a.crt:a.key', { kind: 'pair', certificatePath: 'a.crt', keyPath: 'a.key' }],
  ['/etc/certs', { kind: 'folder', path: '/etc/certs' }],
  ['a:', undefined],
  [':a', undefined],
  ['', undefined],
  ['a:b:c', undefined],
])('certificates at %j', (text, expected) => {
  expect(parseCertificateSource(text)).toEqual(expected);
});
