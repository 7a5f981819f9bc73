import type { Pod, PodLife } from '../domain/pod.js';
import { FACTORY_NAME, isAdHoc, isRoomName } from '../domain/room-name.js';
import type { RoomDirectory } from '../ports/room-directory.js';
import type { PodHomes } from './pod-homes.js';

export interface LocateQuestion {
  readonly tenantId: string;
  readonly room: string;
  /** Whether a conference that isn't under way gets a home. */
  readonly mayOpen: boolean;
  /** Whom the asker has lost. */
  readonly notPod: PodLife | undefined;
}

export type Located =
  /** `isClaimed`: the conference is that pod's. Otherwise it can speak for the room, and the answer holds for one request. */
  | { readonly kind: 'home'; readonly pod: Pod; readonly isClaimed: boolean }
  | { readonly kind: 'no-such-room' }
  | { readonly kind: 'limit'; readonly limit: number }
  | { readonly kind: 'no-pod' };

/** Finds the pod that requests for a conference go to. Throws ServiceError `unavailable` where the tables can't be asked. */
export async function locateConference(
  homes: Pick<PodHomes, 'find' | 'choose' | 'offer'>,
  rooms: Pick<RoomDirectory, 'room'>,
  { tenantId, room, mayOpen, notPod }: LocateQuestion,
): Promise<Located> {
  const anyPod = (): Located => {
    const pod = homes.choose(notPod);
    return pod === undefined ? { kind: 'no-pod' } : { kind: 'home', pod, isClaimed: false };
  };
  if (room === FACTORY_NAME) return anyPod();
  if (!isRoomName(room)) return { kind: 'no-such-room' };
  const home = await homes.find(tenantId, room, notPod);
  if (home !== undefined) return { kind: 'home', pod: home, isClaimed: true };
  if (isAdHoc(room) || (await rooms.room(tenantId, room)) === undefined) return { kind: 'no-such-room' };
  if (!mayOpen) return anyPod();
  const offered = await homes.offer(tenantId, room, notPod);
  if (offered === 'no-pod') return { kind: 'no-pod' };
  return offered.kind === 'limit' ? offered : { ...offered, isClaimed: true };
}
