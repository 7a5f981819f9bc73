import type { Admission } from '../../domain/admission.js';
import type { Explain } from '../../domain/explanation.js';
import type { RegistrationGovernor } from '../../domain/registration-governor.js';
import type { NewRequestRoutingOptions } from '../sip/new-request-routing.js';

/** The edge's limits as they stand now, with nothing counted, and told. */
export function rehearsedLimits(
  admission: Admission,
  registrations: RegistrationGovernor,
  explain: Explain,
): Required<Pick<NewRequestRoutingOptions, 'admission' | 'registrations'>> {
  return {
    admission: {
      request: (emergency, bindsConnection) => {
        const admitted = admission.request(emergency, bindsConnection);
        if (admitted.kind === 'refused')
          explain({ step: 'admission', decision: 'this edge takes nothing new', rule: `it is ${admitted.reason}` });
        return admitted;
      },
      call: (now, tenantId, callsPerSec, emergency) => {
        const admitted = admission.wouldCall(now, tenantId, callsPerSec, emergency);
        const rule = `tenant ${tenantId} has limits.maxCallsPerSec ${callsPerSec === 0 ? 'unlimited' : callsPerSec}`;
        const refused = `tenant ${tenantId} has had as many calls this second as it may`;
        const decision = admitted.kind === 'admitted' ? `a call of tenant ${tenantId} may begin now` : refused;
        explain({ step: 'admission', decision, rule: emergency ? 'an emergency passes every limit' : rule });
        return admitted;
      },
    },
    registrations: {
      retryAfterSec: (now, tenantId, perSec) => {
        const takes = registrations.wouldTake(now, tenantId, perSec);
        explain({
          step: 'admission',
          decision: takes ? 'a REGISTER may begin now' : 'too many REGISTERs at once',
          rule: `tenant ${tenantId} has limits.maxRegistrationsPerSec ${perSec === 0 ? 'unlimited' : perSec}`,
        });
        return takes ? undefined : 1;
      },
    },
  };
}
