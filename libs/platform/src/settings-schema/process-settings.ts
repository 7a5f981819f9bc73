import { file, host, parseUrl, port, wholeNumber } from '../setting-values.js';
import { hostExpected, portExpected } from './expected.js';
import { setting, settingOr } from './setting.js';

/** What every process has: HTTP, gRPC and its certificates, data, Postgres and the bus. */
export const processSettings = {
  RINGDOWN_HTTP_HOST: settingOr(
    '127.0.0.1',
    { description: 'Address that HTTP listens on.', expected: hostExpected },
    host,
  ),
  RINGDOWN_HTTP_PORT: settingOr(
    '8080',
    { description: 'Port of HTTP: health, metrics, REST and its documentation.', expected: portExpected },
    port,
  ),
  RINGDOWN_GRPC_HOST: settingOr(
    '127.0.0.1',
    { description: 'Address that gRPC listens on.', expected: hostExpected },
    host,
  ),
  RINGDOWN_GRPC_PORT: settingOr('0', { description: 'Port of gRPC between services.', expected: portExpected }, port),
  RINGDOWN_PEER_CERTIFICATE: setting(
    {
      description:
        'This service’s certificate toward the other services, with RINGDOWN_PEER_KEY and RINGDOWN_PEER_CA. Its subjectAltName is `spiffe://<trust domain>/ringdown/<service>` or a DNS name that begins with the service’s. Read again when it changes.',
      expected: 'a PEM file',
      fallback: 'gRPC is not encrypted, and stays on this machine',
    },
    file,
  ),
  RINGDOWN_PEER_KEY: setting({ description: 'Private key of that certificate.', expected: 'a PEM file' }, file),
  RINGDOWN_PEER_CA: setting(
    {
      description: 'Certificates of the authority that the certificates of all services come from, and nobody else’s.',
      expected: 'a PEM file',
    },
    file,
  ),
  RINGDOWN_PEER_INSECURE: setting(
    {
      description:
        'Lets gRPC leave this machine without certificates, where a service mesh encrypts and proves who calls.',
      expected: 'mesh',
      fallback: 'it doesn’t',
    },
    (text) => (text === 'mesh' ? text : undefined),
  ),
  RINGDOWN_DATA_DIR: settingOr(
    '.ringdown',
    { description: 'Folder for the embedded Postgres and generated keys.', expected: 'a folder' },
    (text) => text,
  ),
  RINGDOWN_ADMIN_TOKEN: setting(
    {
      description:
        'Bearer key of the REST API. Location and edges that run alone serve theirs where it is given; the others need it.',
      expected: 'printable ASCII characters without spaces',
      fallback: 'generated at the first start',
      secret: true,
    },
    (text) => (/^[\x21-\x7e]+$/.test(text) ? text : undefined),
  ),
  RINGDOWN_POSTGRES_URL: setting(
    {
      description: 'Postgres that holds the tables.',
      expected: 'a postgres:// URL',
      fallback: 'an embedded Postgres in the data folder',
      secret: true,
    },
    (text) => parseUrl(text, ['postgres:', 'postgresql:']),
  ),
  RINGDOWN_NATS_URL: setting(
    {
      description: 'NATS server, with JetStream, that carries events.',
      expected: 'a nats:// or tls:// URL',
      fallback: 'a bus inside the process',
      secret: true,
    },
    (text) => parseUrl(text, ['nats:', 'tls:']),
  ),
  RINGDOWN_NATS_REPLICAS: settingOr(
    '1',
    {
      description:
        'On how many nodes of a NATS cluster JetStream keeps each stream: 3 survive the loss of one. No more than the cluster has nodes, and alike in every process.',
      expected: 'a whole number from 1 to 5',
    },
    (text) => wholeNumber(text, 1, 5),
  ),
};
