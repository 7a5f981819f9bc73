import type { CallContext, conference } from '@ringdown/contracts';
import { ServiceError } from '@ringdown/platform';
import {
  formatCursor,
  type Outcome,
  type Page,
  type PageRequest,
  parseCursor,
  parseTenantId,
} from '@ringdown/platform/commands';
import { parseRoomName, type Room } from '../../domain/room.js';
import type { UsageStore } from '../../ports/usage-store.js';
import type { Whereabouts } from '../../ports/whereabouts.js';
import type { Conference, Conferences } from '../../use-cases/conferences.js';
import { deleteRoom, noRoom, putRoom, type RoomsDependencies } from '../../use-cases/rooms.js';
import { actorOf, commandOf } from './control-messages.js';
import { roomMessage, roomRequest } from './room-messages.js';
import { conferenceMessage } from './roster-messages.js';
import { watchRoster } from './watch-roster.js';

/** What a pod asks another one for. */
export type OtherPod = Pick<conference.ConferenceService, 'getConference' | 'control' | 'watchRoster'>;

export interface ConferenceGrpcServiceOptions extends RoomsDependencies {
  readonly focusId: string;
  /** Of this pod; asked for when they are needed, since they are made of what this belongs to. */
  readonly conferences: () => Pick<Conferences, 'find'>;
  readonly whereabouts: Whereabouts;
  readonly usage: Pick<UsageStore, 'months'>;
  /** The service of the pod at an address. */
  readonly podAt: (address: string) => OtherPod;
  /** The whole roster by RFC 4575. */
  readonly document: (one: Conference) => string;
  /** Ends the watches. */
  readonly stopping: AbortSignal;
}

/** Control of conferences as other services ask for it, over gRPC or in the same process. What is another pod's is passed on to it, once. */
export class ConferenceGrpcService implements conference.ConferenceService {
  readonly #options: ConferenceGrpcServiceOptions;

  constructor(options: ConferenceGrpcServiceOptions) {
    this.#options = options;
  }

  async putRoom(request: conference.PutRoomRequest): Promise<conference.PutRoomResponse> {
    const name = roomName(request.name);
    const outcome = await putRoom(this.#options, tenantOf(request), name, roomRequest(request));
    const { entity, effect } = valueOf(outcome);
    return { room: roomMessage(entity), created: effect === 'created' };
  }

  async getRoom(request: conference.GetRoomRequest): Promise<conference.GetRoomResponse> {
    const tenantId = tenantOf(request);
    const room = await this.#options.store.room(tenantId, request.name);
    if (room === undefined) throw new ServiceError('not-found', noRoom(tenantId, request.name));
    return { room: roomMessage(room) };
  }

  async listRooms(request: conference.ListRoomsRequest): Promise<conference.ListRoomsResponse> {
    const tenantId = tenantOf(request);
    const page: Page<Room> = await this.#options.store.rooms(tenantId, pageOf(request));
    if (page.items.length === 0) await this.#requireTenant(tenantId);
    return { rooms: page.items.map(roomMessage), nextPageToken: tokenOf(page) };
  }

  async deleteRoom(request: conference.DeleteRoomRequest): Promise<conference.DeleteRoomResponse> {
    valueOf(await deleteRoom(this.#options, tenantOf(request), request.name));
    return {};
  }

  async listConferences(request: conference.ListConferencesRequest): Promise<conference.ListConferencesResponse> {
    const tenantId = tenantOf(request);
    const page = await this.#options.whereabouts.list(tenantId, pageOf(request));
    if (page.items.length === 0) await this.#requireTenant(tenantId);
    const conferences = page.items.map(({ room, focusId, sinceMs }) => ({ room, focusId, sinceMs }));
    return { conferences, nextPageToken: tokenOf(page) };
  }

  async getConference(
    request: conference.GetConferenceRequest,
    context?: CallContext,
  ): Promise<conference.GetConferenceResponse> {
    const home = await this.#home(request);
    if ('pod' in home) return home.pod.getConference({ ...request, here: true }, onward(context));
    const document = request.withDocument ? this.#options.document(home.one) : '';
    return { conference: conferenceMessage(home.one, this.#options.focusId), document };
  }

  async control(request: conference.ControlRequest, context?: CallContext): Promise<conference.ControlResponse> {
    const command = commandOf(request);
    const home = await this.#home(request);
    if ('pod' in home) return home.pod.control({ ...request, here: true }, onward(context));
    const result = await home.one.control(await actorOf(request, this.#options.tenants), command);
    if (!result.ok) throw new ServiceError(result.failure, result.detail);
    return {};
  }

  async getUsage(request: conference.GetUsageRequest): Promise<conference.GetUsageResponse> {
    const tenantId = tenantOf(request);
    const months = await this.#options.usage.months(tenantId);
    if (months.length === 0) await this.#requireTenant(tenantId);
    return { months: [...months] };
  }

  async *watchRoster(
    request: conference.WatchRosterRequest,
    context?: CallContext,
  ): AsyncGenerator<conference.WatchRosterResponse> {
    const { focusId, stopping } = this.#options;
    const signal = context?.signal === undefined ? stopping : AbortSignal.any([context.signal, stopping]);
    const home = await this.#home(request);
    if ('pod' in home) yield* home.pod.watchRoster({ ...request, here: true }, { ...onward(context), signal });
    else yield* watchRoster(home.one, focusId, signal);
  }

  /** A tenant that has none may be one that doesn't exist. */
  async #requireTenant(tenantId: string): Promise<void> {
    if ((await this.#options.tenants.tenant(tenantId)) === undefined)
      throw new ServiceError('not-found', `there is no tenant ${tenantId}`);
  }

  /** The conference itself, or the pod that has it. Throws `not-found` where none is under way. */
  async #home(asked: {
    readonly tenantId: string;
    readonly room: string;
    readonly here: boolean;
  }): Promise<{ readonly one: Conference } | { readonly pod: OtherPod }> {
    const { conferences, whereabouts, podAt, focusId } = this.#options;
    const tenantId = tenantOf(asked);
    const one = conferences().find(tenantId, asked.room);
    if (one !== undefined) return { one };
    const place = asked.here ? undefined : await whereabouts.find(tenantId, asked.room);
    if (place === undefined || place.focusId === focusId)
      throw new ServiceError(
        'not-found',
        `there is no conference under way in room ${asked.room} of tenant ${tenantId}; one begins when somebody calls the room`,
      );
    return { pod: podAt(place.address) };
  }
}

/** What is left of the caller's time goes with what is passed on. */
function onward(context: CallContext | undefined): CallContext {
  return { timeoutMs: context?.timeoutMs, traceparent: context?.traceparent, signal: context?.signal };
}

function tenantOf({ tenantId }: { readonly tenantId: string }): string {
  const read = parseTenantId(tenantId);
  if (read.ok) return read.value;
  throw new ServiceError('invalid', `tenant_id ${read.detail}`, { field: 'tenant_id' });
}

function roomName(text: string): string {
  const name = parseRoomName(text);
  if (name.ok) return name.value;
  throw new ServiceError('invalid', `name ${name.detail}`, { field: 'name' });
}

function pageOf(request: { readonly pageSize: number; readonly pageToken: string }): PageRequest {
  const limit = request.pageSize === 0 ? 100 : Math.min(request.pageSize, 1000);
  if (request.pageToken === '') return { limit, after: undefined };
  const after = parseCursor(request.pageToken);
  if (after.ok) return { limit, after: after.value };
  throw new ServiceError('invalid', `page_token ${after.detail}`, { field: 'page_token' });
}

function tokenOf({ next }: Page<unknown>): string {
  return next === undefined ? '' : formatCursor(next);
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  const { failure } = outcome;
  if (failure.kind === 'not-found') throw new ServiceError('not-found', failure.detail);
  const [first] = failure.errors;
  const message = failure.errors.map(({ field, detail }) => `${field} ${detail}`).join('; ');
  throw new ServiceError(failure.kind, message, first === undefined ? {} : { field: first.field });
}
