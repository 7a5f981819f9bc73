import type { conference } from '@ringdown/contracts';
import { type CallObserver, observedCalls } from '@ringdown/platform';

/** The service with every question told to `observe`. A watch has no end of its own and isn't told. */
export function observedService(
  service: conference.ConferenceService,
  observe: CallObserver,
): conference.ConferenceService {
  const observed = observedCalls(observe);
  return {
    putRoom: observed('PutRoom', (request, context) => service.putRoom(request, context)),
    getRoom: observed('GetRoom', (request, context) => service.getRoom(request, context)),
    listRooms: observed('ListRooms', (request, context) => service.listRooms(request, context)),
    deleteRoom: observed('DeleteRoom', (request, context) => service.deleteRoom(request, context)),
    listConferences: observed('ListConferences', (request, context) => service.listConferences(request, context)),
    getConference: observed('GetConference', (request, context) => service.getConference(request, context)),
    control: observed('Control', (request, context) => service.control(request, context)),
    getUsage: observed('GetUsage', (request, context) => service.getUsage(request, context)),
    watchRoster: (request, context) => service.watchRoster(request, context),
  };
}
