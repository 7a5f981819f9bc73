import type { conference } from '@ringdown/contracts';
import { ServiceError } from '@ringdown/platform';
import type { Located, LocateQuestion } from '../../use-cases/locate-conference.js';

/** What edges, and other pods, ask a pod: where a conference is. */
export function locateService(locate: (question: LocateQuestion) => Promise<Located>): conference.LocateService {
  return {
    async locate({ tenantId, room, mayOpen, notPod }) {
      if (tenantId === '' || room === '') throw new ServiceError('invalid', 'tenant_id and room are needed');
      return { answer: answerOf(await locate({ tenantId, room, mayOpen, notPod })) };
    },
  };
}

function answerOf(located: Located): NonNullable<conference.LocateResponse['answer']> {
  switch (located.kind) {
    case 'home': {
      const { podId, incarnation, address, mediaHosts } = located.pod;
      const pod = { podId, incarnation };
      return { $case: 'home', value: { pod, address, mediaHosts: [...mediaHosts], claimed: located.isClaimed } };
    }
    case 'no-such-room':
      return { $case: 'noSuchRoom', value: {} };
    case 'limit':
      return { $case: 'overLimit', value: { limit: located.limit } };
    case 'no-pod':
      return { $case: 'noPod', value: {} };
  }
}
