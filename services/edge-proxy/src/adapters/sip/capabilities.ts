import { Header, type HeaderField } from '@ringdown/sip-message';

/** What this edge answers of itself (RFC 3261 §11.2). */
export const edgeCapabilities: readonly HeaderField[] = [
  [
    Header.Allow,
    'INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, MESSAGE, INFO, UPDATE, PRACK, SUBSCRIBE, NOTIFY, REFER, PUBLISH',
  ],
  [Header.Accept, 'application/sdp'],
  [Header.Supported, 'path, outbound, gruu'],
];
