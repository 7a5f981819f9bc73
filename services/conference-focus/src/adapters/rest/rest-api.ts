import { Module } from '@nestjs/common';
import type { conference } from '@ringdown/contracts';
import type { Operation, RestApi } from '@ringdown/platform/rest';
import type { RoomsDependencies } from '../../use-cases/rooms.js';
import { ConferencesController } from './conferences.controller.js';
import { CONFERENCE_SERVICE, ROOMS } from './injection.js';
import { MembersController } from './members.controller.js';
import { RoomsController } from './rooms.controller.js';

const controllers = [RoomsController, ConferencesController, MembersController];

/** Every operation of conferences. */
export const operations: readonly Operation[] = controllers.flatMap((controller) => controller.operations);

export interface RestApiOptions {
  readonly rooms: RoomsDependencies;
  readonly service: conference.ConferenceService;
  readonly observer: Pick<RestApi, 'restRequest'>;
}

@Module({})
class ConferenceRestModule {}

/** What the conference focus adds to the REST API of its process. */
export function createRestApi({ rooms, service, observer }: RestApiOptions): RestApi {
  return {
    title: 'Ringdown conferences',
    description: "Tenants' conference rooms, and the conferences that are under way in them.",
    operations,
    module: {
      module: ConferenceRestModule,
      controllers,
      providers: [
        { provide: ROOMS, useValue: rooms },
        { provide: CONFERENCE_SERVICE, useValue: service },
      ],
    },
    restRequest: (operation, statusCode, durationMs) => observer.restRequest(operation, statusCode, durationMs),
  };
}
