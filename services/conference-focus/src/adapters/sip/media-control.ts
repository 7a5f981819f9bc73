import type { RequestContent } from '@ringdown/sip-dialog';
import { Header, type SipMessage } from '@ringdown/sip-message';

/** RFC 5168: an INFO, without a package (RFC 6086 §2), that asks who encodes video for a whole picture. */
export const mediaControlType = 'application/media_control+xml';

export const pictureFastUpdate: RequestContent = {
  contentType: mediaControlType,
  body: [
    '<?xml version="1.0" encoding="utf-8" ?>',
    '<media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>',
    '',
  ].join('\r\n'),
};

const picture = /<\s*(?:[\w.-]+:)?picture_fast_update\b/;

/** Whether it is of RFC 5168 at all. */
export function isMediaControl(message: SipMessage): boolean {
  const [type = ''] = (message.value(Header.ContentType) ?? '').split(';');
  return !message.has(Header.InfoPackage) && type.trim().toLowerCase() === mediaControlType;
}

/** Whether it asks for a whole picture: the only thing that RFC 5168 lets anybody ask for. */
export function asksForPicture(message: SipMessage): boolean {
  return isMediaControl(message) && picture.test(message.body);
}
