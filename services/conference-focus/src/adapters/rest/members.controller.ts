import { Controller, HttpCode, Inject } from '@nestjs/common';
import type { conference } from '@ringdown/contracts';
import { emptyRequest, Handles, Input, type InputOf, type Operation } from '@ringdown/platform/rest';
import { z } from 'zod';
import { invitationRequest, memberChange, reasonQuery } from './conference-schemas.js';
import { CONFERENCE_SERVICE } from './injection.js';
import { actorQuery, conferenceRoom, memberId, tenantId } from './schemas.js';
import { answered } from './service-answers.js';

const tag = 'Conferences under way';
const conferencePath = '/v1/tenants/{tenantId}/conferences/{room}';
const path = `${conferencePath}/members/{memberId}`;
const conferenceParams = z.object({ tenantId, room: conferenceRoom });
const params = conferenceParams.extend({ memberId });

const change = {
  id: 'changeMember',
  tag,
  method: 'PATCH',
  path,
  summary: 'Mute or deafen a member, or change its gain or role',
  description: 'Fields are done in the order in which they are documented; the first that is refused ends it.',
  params,
  query: actorQuery,
  body: memberChange,
  responses: { 204: { description: 'It is done.' } },
} as const satisfies Operation;

const kick = {
  id: 'removeMember',
  tag,
  method: 'DELETE',
  path,
  summary: 'Send a member away',
  params,
  query: actorQuery.extend({ reason: reasonQuery }),
  responses: { 204: { description: 'Its call ends.' } },
} as const satisfies Operation;

const invite = {
  id: 'inviteMember',
  tag,
  method: 'POST',
  path: `${conferencePath}/invitations`,
  summary: 'Call somebody into a conference',
  description: 'Answered when the call has begun; the roster tells how far it is.',
  params: conferenceParams,
  query: actorQuery,
  body: invitationRequest,
  responses: { 202: { description: 'The call has begun.' } },
} as const satisfies Operation;

const record = {
  id: 'startRecording',
  tag,
  method: 'PUT',
  path: `${conferencePath}/recording`,
  summary: 'Record a conference from now on',
  description: "409 where the room's settings say never. Everybody hears that it is recorded.",
  params: conferenceParams,
  query: actorQuery,
  body: emptyRequest,
  bodyOptional: true,
  responses: { 204: { description: 'It is being recorded.' } },
} as const satisfies Operation;

const stopRecording = {
  id: 'stopRecording',
  tag,
  method: 'DELETE',
  path: `${conferencePath}/recording`,
  summary: 'End the recording of a conference',
  params: conferenceParams,
  query: actorQuery,
  responses: { 204: { description: 'It is recorded no more.' } },
} as const satisfies Operation;

/** A conference, and for whom something is done to it. */
interface Place {
  readonly params: { readonly tenantId: string; readonly room: string };
  readonly query: { readonly as?: string | undefined };
}

@Controller()
export class MembersController {
  static readonly operations: readonly Operation[] = [change, kick, invite, record, stopRecording];
  readonly #service: conference.ConferenceService;

  constructor(@Inject(CONFERENCE_SERVICE) service: conference.ConferenceService) {
    this.#service = service;
  }

  @Handles(change)
  @HttpCode(204)
  async change(@Input(change) { params, query, body }: InputOf<typeof change>): Promise<void> {
    const value = { memberId: params.memberId };
    const { muted, deaf, gainDb, role, handRaised } = body;
    if (muted !== undefined) await this.#control({ params, query }, { $case: muted ? 'mute' : 'unmute', value });
    if (deaf !== undefined) await this.#control({ params, query }, { $case: deaf ? 'deafen' : 'undeafen', value });
    if (gainDb !== undefined) await this.#control({ params, query }, { $case: 'gain', value: { ...value, gainDb } });
    if (role !== undefined)
      await this.#control({ params, query }, { $case: role === 'moderator' ? 'promote' : 'demote', value });
    if (handRaised !== undefined)
      await this.#control({ params, query }, { $case: handRaised ? 'raiseHand' : 'lowerHand', value });
  }

  @Handles(kick)
  @HttpCode(204)
  async kick(@Input(kick) { params, query }: InputOf<typeof kick>): Promise<void> {
    const value = { memberId: params.memberId, reason: query.reason };
    await this.#control({ params, query }, { $case: 'kick', value });
  }

  @Handles(invite)
  @HttpCode(202)
  async invite(@Input(invite) { params, query, body }: InputOf<typeof invite>): Promise<void> {
    await this.#control({ params, query }, { $case: 'invite', value: body });
  }

  @Handles(record)
  @HttpCode(204)
  async record(@Input(record) { params, query }: InputOf<typeof record>): Promise<void> {
    await this.#control({ params, query }, { $case: 'startRecording', value: {} });
  }

  @Handles(stopRecording)
  @HttpCode(204)
  async stopRecording(@Input(stopRecording) { params, query }: InputOf<typeof stopRecording>): Promise<void> {
    await this.#control({ params, query }, { $case: 'stopRecording', value: {} });
  }

  async #control({ params, query }: Place, command: conference.ControlRequest['command']): Promise<void> {
    const { tenantId, room } = params;
    await answered(this.#service.control({ tenantId, room, here: false, asUser: query.as ?? '', command }));
  }
}
