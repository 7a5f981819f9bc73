import { readFileSync } from 'node:fs';
import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { siplink } from '@ringdown/contracts';
import { makeSelfSignedCertificate } from '@ringdown/platform';
import { PeerFiles } from '@ringdown/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uriIn } from '../peers/wire-message.js';
import { type Attacked, addressOf, tenantId } from './attacked.js';

const exchange = '/ringdown.siplink.v1.SipLinkService/Exchange';
/** What each service can be asked over gRPC that would be worth having. */
const asked = {
  'edge-proxy': ['/ringdown.edge.v1.EdgeService/TakeRequests', exchange],
  registrar: [exchange],
  redirect: [exchange],
  location: ['/ringdown.location.v1.LocationService/Bind', '/ringdown.location.v1.LocationService/List'],
  directory: ['/ringdown.directory.v1.DirectoryService/GetSubscriber'],
} as const;
type Service = keyof typeof asked;
const services = Object.keys(asked) as Service[];
/** Whom each admits. */
const admitted: Readonly<Record<Service, readonly Service[]>> = {
  'edge-proxy': ['edge-proxy'],
  registrar: ['edge-proxy'],
  redirect: ['edge-proxy'],
  location: ['edge-proxy', 'registrar', 'redirect'],
  directory: ['edge-proxy', 'registrar', 'redirect'],
};
const deadlineMs = 5_000;

/** Declares what is tried with gRPC between the services: whoever gets in there can be anybody. */
export function podAttacks(attacked: () => Attacked): void {
  let others: PeerFiles;
  let selfMade: ChannelCredentials;
  beforeAll(async () => {
    others = await PeerFiles.create();
    const { certPem, keyPem } = await makeSelfSignedCertificate({ names: ['edge-proxy.ringdown.svc'], days: 1 });
    selfMade = unchecked(undefined, keyPem, certPem);
  });
  afterAll(() => others.remove());

  const certificateOf = (files: PeerFiles, service: Service): ChannelCredentials => {
    const { RINGDOWN_PEER_KEY: key = '', RINGDOWN_PEER_CERTIFICATE: certificate = '' } = files.settings(service);
    return unchecked(
      attacked().peers.settings(service)['RINGDOWN_PEER_CA'],
      readFileSync(key),
      readFileSync(certificate),
    );
  };
  const doors = services.flatMap((service) => asked[service].map((method) => ({ service, method })));

  describe.each(doors)('$service, $method', ({ service, method }) => {
    it.each<{ who: string; as: () => ChannelCredentials }>([
      { who: 'without TLS', as: () => credentials.createInsecure() },
      { who: 'without a certificate', as: () => unchecked() },
      { who: 'with a self-made certificate', as: () => selfMade },
      { who: 'with an edge’s certificate of another authority', as: () => certificateOf(others, 'edge-proxy') },
    ])('$who: not even a connection', async ({ as }) => {
      expect(await knock(addressOfService(attacked(), service), method, as())).toBe(status.UNAVAILABLE);
    });

    it.each(services.map((who) => ({ who, admits: admitted[service].includes(who) })))(
      'with the certificate of $who: admitted is $admits',
      async ({ who, admits }) => {
        const outcome = await knock(
          addressOfService(attacked(), service),
          method,
          certificateOf(attacked().peers, who),
        );
        // What is admitted may be asked for nonsense all the same.
        const isRefused = outcome === status.PERMISSION_DENIED || outcome === status.UNAVAILABLE;
        expect({ isRefused, admits }).toEqual({ isRefused: !admits, admits });
      },
    );
  });

  it.each<{ name: string; as: () => ChannelCredentials; binds: boolean }>([
    { name: 'another service', as: () => certificateOf(attacked().peers, 'redirect'), binds: false },
    { name: 'an edge of another platform', as: () => certificateOf(others, 'edge-proxy'), binds: false },
    // It would be worth having: whoever gets in can be anybody.
    { name: 'an edge of the platform', as: () => certificateOf(attacked().peers, 'edge-proxy'), binds: true },
  ])('what an envelope of $name says of who has been authenticated is believed: $binds', async ({ as, binds }) => {
    const { ben, mallory, apart } = attacked();
    const before = (await ben.registerAs([])).list('Contact').map(uriIn);
    const to = `<${addressOf('ben')}>`;
    const contact = ['Contact', `<sip:stolen@${mallory.hostPort}>`] as const;
    const sip = mallory.write('REGISTER', 'sip:acme.test', { from: addressOf('ben'), to, headers: [contact] });
    const envelope = siplink.Envelope.fromPartial({
      sip: Buffer.from(sip, 'latin1'),
      originatingTenantId: tenantId,
      authenticatedAddressOfRecord: addressOf('ben'),
      authenticatedUsername: 'ben',
      trustClass: siplink.TrustClass.PLATFORM,
    });
    const bytes = Buffer.from(siplink.ExchangeRequest.encode({ envelopes: [envelope] }).finish());
    for (const { grpc } of [...apart.registrars, ...apart.edges]) await knock(grpc, exchange, as(), bytes);
    const stolen = `sip:stolen@${mallory.hostPort}`;
    const after = (await ben.registerAs([])).list('Contact').map(uriIn);
    expect(after.toSorted()).toEqual((binds ? [...before, stolen] : before).toSorted());
    await ben.registerAs([`<${stolen}>;expires=0`]);
  });
}

/** TLS to whoever is there: what is tried is what the server admits. */
function unchecked(ca?: string, key?: Buffer | string, certificate?: Buffer | string): ChannelCredentials {
  const root = ca === undefined ? null : readFileSync(ca);
  const pem = (text?: Buffer | string): Buffer | null => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(root, pem(key), pem(certificate), {
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
}

/** Calls a method with this as its one message; resolves with the status that it ends with, which for a stream that stays open is OK. */
function knock(
  address: string,
  method: string,
  as: ChannelCredentials,
  message: Buffer = Buffer.alloc(0),
): Promise<status> {
  const client = new Client(address, as, { 'grpc.enable_http_proxy': 0, 'grpc.use_local_subchannel_pool': 1 });
  const raw = (bytes: Buffer): Buffer => bytes;
  const deadline = Date.now() + deadlineMs;
  return new Promise<status>((resolve) => {
    if (method !== exchange) {
      client.makeUnaryRequest(method, raw, raw, message, new Metadata(), { deadline }, (error: ServiceError | null) =>
        resolve(error?.code ?? status.OK),
      );
      return;
    }
    const metadata = new Metadata();
    metadata.set('ringdown-siplink-class', 'calls');
    metadata.set('ringdown-siplink-name', 'edge-3');
    metadata.set('ringdown-siplink-incarnation', 'z');
    const stream = client.makeBidiStreamRequest(method, raw, raw, metadata, { deadline });
    stream.on('error', (error: ServiceError) => resolve(error.code));
    // The server says so when it has taken the stream.
    stream.on('metadata', () => setTimeout(() => resolve(status.OK), 200).unref());
    stream.on('data', () => {});
    stream.write(message);
  }).finally(() => client.close());
}

function addressOfService({ apart }: Attacked, service: Service): string {
  const found = apart.services.find(({ name }) => name === service);
  if (found === undefined) throw new Error(`${service} doesn’t run`);
  return found.grpc;
}
