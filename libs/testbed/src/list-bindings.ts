import { location } from '@ringdown/contracts';
import { createClient, GrpcChannel, parseEndpoint } from '@ringdown/platform';

const pageSize = 1_000;

/** A tenant's bindings by the username of their address of record, as a location process lists them. */
export async function listBindings(
  address: string,
  tenantId: string,
): Promise<ReadonlyMap<string, readonly location.Binding[]>> {
  const endpoint = parseEndpoint(address);
  if (endpoint === undefined) throw new Error(`${address} is not host:port`);
  const channel = new GrpcChannel({ addresses: [endpoint] });
  try {
    const service = createClient(location.LocationDefinition, channel, { timeoutMs: 5_000 });
    const found = new Map<string, readonly location.Binding[]>();
    let pageToken = '';
    do {
      const page = await service.list({ tenantId, pageSize, pageToken });
      for (const { addressOfRecord, bindings } of page.addresses) {
        found.set(addressOfRecord.slice('sip:'.length, addressOfRecord.indexOf('@')), bindings);
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return found;
  } finally {
    channel.close();
  }
}
