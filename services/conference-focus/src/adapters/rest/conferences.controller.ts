import { Controller, HttpCode, Inject, Res } from '@nestjs/common';
import type { conference } from '@ringdown/contracts';
import { formatCursor } from '@ringdown/platform/commands';
import { Handles, Input, type InputOf, nothing, type Operation, pageOf, pageQuery } from '@ringdown/platform/rest';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { conferenceChange, conferencePlaceView, conferenceView, reasonQuery, usageView } from './conference-schemas.js';
import { conferenceAnswer } from './conference-view.js';
import { CONFERENCE_SERVICE } from './injection.js';
import { actorQuery, conferenceRoom, tenantId } from './schemas.js';
import { answered } from './service-answers.js';

const tag = 'Conferences under way';
const path = '/v1/tenants/{tenantId}/conferences/{room}';
const params = z.object({ tenantId, room: conferenceRoom });

const list = {
  id: 'listConferences',
  tag,
  method: 'GET',
  path: '/v1/tenants/{tenantId}/conferences',
  summary: "List a tenant's conferences under way",
  params: z.object({ tenantId }),
  query: pageQuery,
  responses: { 200: { description: 'A page of conferences.', schema: pageOf(conferencePlaceView, 'ConferencePage') } },
} as const satisfies Operation;

const usage = {
  id: 'getConferenceUsage',
  tag,
  method: 'GET',
  path: '/v1/tenants/{tenantId}/conference-usage',
  summary: "Read how long members of a tenant's conferences were in",
  description:
    "What the tenant's limit of minutes a month is compared with. Members that are still in are not counted yet.",
  params: z.object({ tenantId }),
  query: nothing,
  responses: { 200: { description: 'The last twelve months, the newest first.', schema: usageView } },
} as const satisfies Operation;

const get = {
  id: 'getConference',
  tag,
  method: 'GET',
  path,
  summary: 'Read a conference, and who is in it',
  description: '404 where none is under way in the room: one begins when somebody calls the room.',
  params,
  query: nothing,
  responses: { 200: { description: 'The conference.', schema: conferenceView } },
} as const satisfies Operation;

const document = {
  id: 'getConferenceDocument',
  tag,
  method: 'GET',
  path: `${path}/conference-info`,
  summary: 'Read a conference as phones are notified of it',
  description: 'application/conference-info+xml, the whole roster (RFC 4575).',
  params,
  query: nothing,
  responses: { 200: { description: 'The document.' } },
} as const satisfies Operation;

const change = {
  id: 'changeConference',
  tag,
  method: 'PATCH',
  path,
  summary: 'Lock a conference, mute everybody, or change how many may be in',
  params,
  query: actorQuery,
  body: conferenceChange,
  responses: { 200: { description: 'The conference as it is now.', schema: conferenceView } },
} as const satisfies Operation;

const end = {
  id: 'endConference',
  tag,
  method: 'DELETE',
  path,
  summary: 'End a conference for everybody',
  params,
  query: actorQuery.extend({ reason: reasonQuery }),
  responses: { 204: { description: 'It ends.' } },
} as const satisfies Operation;

@Controller()
export class ConferencesController {
  static readonly operations: readonly Operation[] = [list, usage, get, document, change, end];
  readonly #service: conference.ConferenceService;

  constructor(@Inject(CONFERENCE_SERVICE) service: conference.ConferenceService) {
    this.#service = service;
  }

  @Handles(list)
  async list(@Input(list) { params, query }: InputOf<typeof list>) {
    const { conferences, nextPageToken } = await answered(
      this.#service.listConferences({
        tenantId: params.tenantId,
        pageSize: query.limit,
        pageToken: query.cursor === undefined ? '' : formatCursor(query.cursor),
      }),
    );
    return {
      items: conferences.map(({ sinceMs, ...place }) => ({ ...place, since: new Date(sinceMs).toISOString() })),
      next: nextPageToken === '' ? null : nextPageToken,
    };
  }

  @Handles(usage)
  async usage(@Input(usage) { params }: InputOf<typeof usage>) {
    const { months } = await answered(this.#service.getUsage(params));
    // As the limit counts them: whole minutes.
    return { items: months.map(({ month, memberMs }) => ({ month, memberMinutes: Math.floor(memberMs / 60_000) })) };
  }

  @Handles(get)
  async get(@Input(get) { params }: InputOf<typeof get>) {
    return this.#read(params);
  }

  @Handles(document)
  async document(
    @Input(document) { params }: InputOf<typeof document>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const answer = await answered(this.#service.getConference({ ...params, here: false, withDocument: true }));
    reply.header('content-type', 'application/conference-info+xml; charset=utf-8');
    return answer.document;
  }

  @Handles(change)
  async change(@Input(change) { params, query, body }: InputOf<typeof change>) {
    const commands: conference.ControlRequest['command'][] = [];
    if (body.locked !== undefined) commands.push({ $case: body.locked ? 'lock' : 'unlock', value: {} });
    if (body.allMuted !== undefined) commands.push({ $case: body.allMuted ? 'muteAll' : 'unmuteAll', value: {} });
    if (body.maxMembers !== undefined) commands.push({ $case: 'maximum', value: { members: body.maxMembers } });
    for (const command of commands) {
      await answered(this.#service.control({ ...params, here: false, asUser: query.as ?? '', command }));
    }
    return this.#read(params);
  }

  @Handles(end)
  @HttpCode(204)
  async end(@Input(end) { params, query }: InputOf<typeof end>): Promise<void> {
    const command = { $case: 'end', value: { reason: query.reason } } as const;
    await answered(this.#service.control({ ...params, here: false, asUser: query.as ?? '', command }));
  }

  async #read(at: { readonly tenantId: string; readonly room: string }) {
    const answer = await answered(this.#service.getConference({ ...at, here: false, withDocument: false }));
    if (answer.conference === undefined) throw new Error(`room ${at.room} came without its conference`);
    return conferenceAnswer(answer.conference);
  }
}
