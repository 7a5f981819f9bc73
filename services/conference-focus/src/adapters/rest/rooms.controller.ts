import { Controller, HttpCode, Inject, Res } from '@nestjs/common';
import {
  answerPut,
  found,
  Handles,
  Input,
  type InputOf,
  nothing,
  type Operation,
  pageOf,
  pageQuery,
  pageRequest,
  pageView,
  putResponses,
  valueOf,
} from '@ringdown/platform/rest';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Room } from '../../domain/room.js';
import { deleteRoom, putRoom, type RoomsDependencies } from '../../use-cases/rooms.js';
import { ROOMS } from './injection.js';
import { roomName, roomRequest, roomView, tenantId } from './schemas.js';

const tag = 'Conference rooms';
const path = '/v1/tenants/{tenantId}/conferences/rooms/{name}';
const params = z.object({ tenantId, name: roomName });

const list = {
  id: 'listRooms',
  tag,
  method: 'GET',
  path: '/v1/tenants/{tenantId}/conferences/rooms',
  summary: "List a tenant's conference rooms",
  params: z.object({ tenantId }),
  query: pageQuery,
  responses: { 200: { description: 'A page of rooms.', schema: pageOf(roomView, 'RoomPage') } },
} as const satisfies Operation;

const get = {
  id: 'getRoom',
  tag,
  method: 'GET',
  path,
  summary: 'Read a room',
  params,
  query: nothing,
  responses: { 200: { description: 'The room, without its PINs.', schema: roomView } },
} as const satisfies Operation;

const put = {
  id: 'putRoom',
  tag,
  method: 'PUT',
  path,
  summary: 'Create or replace a room',
  description:
    'Phones reach it as sip:name@domain from then on. 409 where a subscriber has that name. A conference that is under way keeps the settings that it began with.',
  params,
  query: nothing,
  body: roomRequest,
  responses: putResponses(roomView),
} as const satisfies Operation;

const remove = {
  id: 'deleteRoom',
  tag,
  method: 'DELETE',
  path,
  summary: 'Remove a room',
  description: 'A conference that is under way in it goes on until it ends or is ended.',
  params,
  query: nothing,
  responses: { 204: { description: 'It is gone.' } },
} as const satisfies Operation;

@Controller()
export class RoomsController {
  static readonly operations: readonly Operation[] = [list, get, put, remove];
  readonly #rooms: RoomsDependencies;

  constructor(@Inject(ROOMS) rooms: RoomsDependencies) {
    this.#rooms = rooms;
  }

  @Handles(list)
  async list(@Input(list) { params, query }: InputOf<typeof list>) {
    const { items, next } = await this.#rooms.store.rooms(params.tenantId, pageRequest(query));
    // A tenant that has none may be one that doesn't exist.
    if (items.length === 0) found(await this.#rooms.tenants.tenant(params.tenantId), `tenant ${params.tenantId}`);
    return pageView({ items: items.map(roomAnswer), next });
  }

  @Handles(get)
  async get(@Input(get) { params: { tenantId, name } }: InputOf<typeof get>) {
    return roomAnswer(found(await this.#rooms.store.room(tenantId, name), `room ${name} of tenant ${tenantId}`));
  }

  @Handles(put)
  async put(@Input(put) { params, body }: InputOf<typeof put>, @Res({ passthrough: true }) reply: FastifyReply) {
    const { pin, moderatorPin, displayName, subject, ...rest } = body;
    const definition = { ...rest, displayName: displayName || undefined, subject: subject || undefined };
    const outcome = await putRoom(this.#rooms, params.tenantId, params.name, { definition, pin, moderatorPin });
    const location = `/v1/tenants/${params.tenantId}/conferences/rooms/${params.name}`;
    return roomAnswer(answerPut(reply, location, outcome));
  }

  @Handles(remove)
  @HttpCode(204)
  async remove(@Input(remove) { params }: InputOf<typeof remove>): Promise<void> {
    valueOf(await deleteRoom(this.#rooms, params.tenantId, params.name));
  }
}

function roomAnswer({ definition, pin, moderatorPin, ...room }: Room) {
  const { displayName = '', subject = '' } = definition;
  return {
    ...room,
    ...definition,
    displayName,
    subject,
    hasPin: pin !== undefined,
    hasModeratorPin: moderatorPin !== undefined,
  };
}
