import { Header, type SipRequest } from '@ringdown/sip-message';
import { abilities, allowedMethods, supportedTags } from './abilities.js';
import { conferenceAddress, focusContact } from './conference-address.js';
import { isMediaControl, mediaControlType } from './media-control.js';
import { refusal, type SipRefusal } from './refusals.js';

/** RFC 3261 §8.2.1 to §8.2.2.3: why a request isn't served at all; undefined where it may be. */
export function refusalOf(request: SipRequest): SipRefusal | undefined {
  if (!allowedMethods.includes(request.method) && request.method !== 'NOTIFY')
    return refusal(405, undefined, [[Header.Allow, allowedMethods.join(', ')]]);
  if (request.toTag === undefined && request.uri.kind !== 'sip') return refusal(416);
  const unsupported = request.list(Header.Require).filter((tag) => !supportedTags.includes(tag.toLowerCase()));
  if (unsupported.length > 0) return refusal(420, undefined, [[Header.Unsupported, unsupported.join(', ')]]);
  return undefined;
}

/** The answer to a request that belongs to no call's course: OPTIONS (RFC 3261 §11, RFC 4579 §5), INFO, and UPDATE outside a session. */
export function answerToOther(request: SipRequest): SipRefusal {
  switch (request.method) {
    case 'OPTIONS': {
      const address = conferenceAddress(request);
      if (request.toTag === undefined && address.kind === 'nothing') return refusal(404, 'There is no such conference');
      if (address.kind !== 'room') return { statusCode: 200, options: { headers: abilities } };
      const contact = focusContact(`sip:${address.room}@${address.domain}`);
      return { statusCode: 200, options: { headers: [[Header.Contact, contact], ...abilities] } };
    }
    case 'INFO':
      if (request.toTag !== undefined && isMediaControl(request)) return { statusCode: 200, options: {} };
      // RFC 6086 §4.2.2: no package is understood here, which an empty Recv-Info says; without one it is the body that isn't.
      return request.has(Header.InfoPackage)
        ? refusal(469, undefined, [[Header.RecvInfo, '']])
        : refusal(415, undefined, [[Header.Accept, mediaControlType]]);
    default:
      return refusal(481);
  }
}
