import { location } from '@ringdown/contracts';
import { createClient, GrpcChannel, parseEndpoint } from '@ringdown/platform';

/** The location service as an edge or a registrar sees it. */
export interface LocationClient {
  /** Binds one contact of an address of record for an hour. Throws when it isn't acknowledged. */
  bind(addressOfRecord: string, contact: string): Promise<void>;
  close(): void;
}

/** A contact at the host that it was registered from, over no flow that an edge would keep: it is reached by its URI. */
const registeredFrom = {
  flowToken: '',
  edgeId: '',
  incarnation: '',
  receivedTransport: 'UDP',
  receivedHost: '127.0.0.1',
  receivedPort: 5060,
};
const timeoutMs = 30_000;
const expiresSec = 3_600;

/** Connects to a location process at `host:port`. */
export function openLocation(address: string, tenantId: string): LocationClient {
  const endpoint = parseEndpoint(address);
  if (endpoint === undefined) throw new Error(`${address} is not host:port`);
  const channel = new GrpcChannel({ addresses: [endpoint] });
  const service = createClient(location.LocationDefinition, channel, { timeoutMs });
  return {
    bind: async (addressOfRecord, uri) => {
      const contact = {
        bindingKey: uri,
        uri,
        contactParams: '',
        expiresSec,
        instanceId: '',
        regId: 0,
        path: [],
        flow: registeredFrom,
        userAgent: 'Example Phone 1.2.3',
      };
      const { outcome } = await service.bind({
        tenantId,
        addressOfRecord,
        callId: `${addressOfRecord.slice(4)}-8b1fd0c27a3e`,
        cseq: 1,
        contacts: [contact],
        removeAll: false,
        maxContacts: 10,
      });
      if (outcome?.$case !== 'ok') throw new Error(`binding ${addressOfRecord} ended as ${String(outcome?.$case)}`);
    },
    close: () => channel.close(),
  };
}

/** Runs `each` for 0, 1, … below `count`, so many at a time. */
export async function inParallel(count: number, atOnce: number, each: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await each(next++);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane));
}
