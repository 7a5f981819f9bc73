import type { CallContext, location } from '@ringdown/contracts';
import type { BindingStore } from '../../ports/binding-store.js';
import type { ChangeFeed } from '../../ports/change-feed.js';
import type { Leases } from '../../ports/leases.js';
import { bindResponse, leaseOutcome, snapshotBindings, watchMessage } from './messages.js';
import {
  addressOf,
  bindCommand,
  ownerOf,
  pageOf,
  pageToken,
  renewCommand,
  tenantOf,
  unbindCommand,
} from './requests.js';

/** The contract's LocationService on a binding store and leases: translates, and nothing else. */
export class StoreLocationService implements location.LocationService {
  readonly #store: BindingStore;
  readonly #feed: ChangeFeed;
  readonly #leases: Leases;

  constructor(store: BindingStore, feed: ChangeFeed, leases: Leases) {
    this.#store = store;
    this.#feed = feed;
    this.#leases = leases;
  }

  async bind(request: location.BindRequest, context?: CallContext): Promise<location.BindResponse> {
    return bindResponse(await this.#store.bind(bindCommand(request), context), request);
  }

  async unbind(request: location.UnbindRequest, context?: CallContext): Promise<location.UnbindResponse> {
    const { removed, version } = await this.#store.unbind(unbindCommand(request), context);
    return { removed, version };
  }

  async lookup(request: location.LookupRequest, context?: CallContext): Promise<location.LookupResponse> {
    const tenantId = tenantOf(request.tenantId);
    const snapshot = await this.#store.lookup(tenantId, addressOf(request.addressOfRecord), context);
    return { version: snapshot.version, bindings: snapshotBindings(snapshot) };
  }

  async list(request: location.ListRequest, context?: CallContext): Promise<location.ListResponse> {
    const { after, limit } = pageOf(request);
    const page = await this.#store.list(tenantOf(request.tenantId), after, limit, context);
    const last = page.at(-1);
    return {
      addresses: page.map((entry) => ({
        addressOfRecord: entry.addressOfRecord,
        version: entry.version,
        bindings: snapshotBindings(entry),
      })),
      nextPageToken: last === undefined || page.length < limit ? '' : pageToken(last.addressOfRecord),
    };
  }

  async *watch(request: location.WatchRequest, context?: CallContext): AsyncGenerator<location.WatchResponse> {
    const tenantId = request.tenantId === '' ? '' : tenantOf(request.tenantId);
    const signal = context?.signal ?? new AbortController().signal;
    for await (const item of this.#feed.watch(tenantId, request.afterPosition, signal)) yield watchMessage(item);
  }

  async renewLease(request: location.RenewLeaseRequest): Promise<location.RenewLeaseResponse> {
    return { outcome: leaseOutcome(await this.#leases.renew(renewCommand(request))) };
  }

  async endLease(request: location.EndLeaseRequest): Promise<location.EndLeaseResponse> {
    await this.#leases.end(ownerOf(request));
    return {};
  }
}
