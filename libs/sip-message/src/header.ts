import { TOKEN } from './chars.js';

/**
 * The header fields the platform knows, as small integers. Compact forms (RFC 3261 §7.3.3 and the RFCs that add some)
 * have the number of their long form. `Other` stands for every name that is not listed.
 */
export const Header = {
  Via: 0,
  From: 1,
  To: 2,
  CallId: 3,
  CSeq: 4,
  MaxForwards: 5,
  Contact: 6,
  Route: 7,
  RecordRoute: 8,
  ContentLength: 9,
  ContentType: 10,
  Expires: 11,
  MinExpires: 12,
  Require: 13,
  ProxyRequire: 14,
  Supported: 15,
  Unsupported: 16,
  Allow: 17,
  AllowEvents: 18,
  Accept: 19,
  Authorization: 20,
  ProxyAuthorization: 21,
  WwwAuthenticate: 22,
  ProxyAuthenticate: 23,
  AuthenticationInfo: 24,
  Path: 25,
  ServiceRoute: 26,
  Event: 27,
  SubscriptionState: 28,
  ReferTo: 29,
  ReferredBy: 30,
  Replaces: 31,
  RetryAfter: 32,
  Date: 33,
  Timestamp: 34,
  MaxBreadth: 35,
  Reason: 36,
  Server: 37,
  UserAgent: 38,
  Warning: 39,
  Subject: 40,
  SessionExpires: 41,
  MinSe: 42,
  RAck: 43,
  RSeq: 44,
  PAssertedIdentity: 45,
  PPreferredIdentity: 46,
  Privacy: 47,
  Diversion: 48,
  HistoryInfo: 49,
  Identity: 50,
  IdentityInfo: 51,
  ResourcePriority: 52,
  SipEtag: 53,
  SipIfMatch: 54,
  AcceptEncoding: 55,
  AcceptLanguage: 56,
  AlertInfo: 57,
  CallInfo: 58,
  ContentDisposition: 59,
  ContentEncoding: 60,
  ContentLanguage: 61,
  ErrorInfo: 62,
  InReplyTo: 63,
  MimeVersion: 64,
  Organization: 65,
  Priority: 66,
  ReplyTo: 67,
  Join: 68,
  TargetDialog: 69,
  AcceptContact: 70,
  RejectContact: 71,
  RequestDisposition: 72,
  PAssociatedUri: 73,
  PAccessNetworkInfo: 74,
  PChargingVector: 75,
  FlowTimer: 76,
  GeolocationRouting: 77,
  Geolocation: 78,
  UserToUser: 79,
  SessionId: 80,
  RecvInfo: 81,
  InfoPackage: 82,
  Other: 83,
} as const;
export type HeaderId = (typeof Header)[keyof typeof Header];

const NAMES: readonly (readonly [id: HeaderId, name: string, compact?: string])[] = [
  [Header.Via, 'Via', 'v'],
  [Header.From, 'From', 'f'],
  [Header.To, 'To', 't'],
  [Header.CallId, 'Call-ID', 'i'],
  [Header.CSeq, 'CSeq'],
  [Header.MaxForwards, 'Max-Forwards'],
  [Header.Contact, 'Contact', 'm'],
  [Header.Route, 'Route'],
  [Header.RecordRoute, 'Record-Route'],
  [Header.ContentLength, 'Content-Length', 'l'],
  [Header.ContentType, 'Content-Type', 'c'],
  [Header.Expires, 'Expires'],
  [Header.MinExpires, 'Min-Expires'],
  [Header.Require, 'Require'],
  [Header.ProxyRequire, 'Proxy-Require'],
  [Header.Supported, 'Supported', 'k'],
  [Header.Unsupported, 'Unsupported'],
  [Header.Allow, 'Allow'],
  [Header.AllowEvents, 'Allow-Events', 'u'],
  [Header.Accept, 'Accept'],
  [Header.Authorization, 'Authorization'],
  [Header.ProxyAuthorization, 'Proxy-Authorization'],
  [Header.WwwAuthenticate, 'WWW-Authenticate'],
  [Header.ProxyAuthenticate, 'Proxy-Authenticate'],
  [Header.AuthenticationInfo, 'Authentication-Info'],
  [Header.Path, 'Path'],
  [Header.ServiceRoute, 'Service-Route'],
  [Header.Event, 'Event', 'o'],
  [Header.SubscriptionState, 'Subscription-State'],
  [Header.ReferTo, 'Refer-To', 'r'],
  [Header.ReferredBy, 'Referred-By', 'b'],
  [Header.Replaces, 'Replaces'],
  [Header.RetryAfter, 'Retry-After'],
  [Header.Date, 'Date'],
  [Header.Timestamp, 'Timestamp'],
  [Header.MaxBreadth, 'Max-Breadth'],
  [Header.Reason, 'Reason'],
  [Header.Server, 'Server'],
  [Header.UserAgent, 'User-Agent'],
  [Header.Warning, 'Warning'],
  [Header.Subject, 'Subject', 's'],
  [Header.SessionExpires, 'Session-Expires', 'x'],
  [Header.MinSe, 'Min-SE'],
  [Header.RAck, 'RAck'],
  [Header.RSeq, 'RSeq'],
  [Header.PAssertedIdentity, 'P-Asserted-Identity'],
  [Header.PPreferredIdentity, 'P-Preferred-Identity'],
  [Header.Privacy, 'Privacy'],
  [Header.Diversion, 'Diversion'],
  [Header.HistoryInfo, 'History-Info'],
  [Header.Identity, 'Identity', 'y'],
  [Header.IdentityInfo, 'Identity-Info', 'n'],
  [Header.ResourcePriority, 'Resource-Priority'],
  [Header.SipEtag, 'SIP-ETag'],
  [Header.SipIfMatch, 'SIP-If-Match'],
  [Header.AcceptEncoding, 'Accept-Encoding'],
  [Header.AcceptLanguage, 'Accept-Language'],
  [Header.AlertInfo, 'Alert-Info'],
  [Header.CallInfo, 'Call-Info'],
  [Header.ContentDisposition, 'Content-Disposition'],
  [Header.ContentEncoding, 'Content-Encoding', 'e'],
  [Header.ContentLanguage, 'Content-Language'],
  [Header.ErrorInfo, 'Error-Info'],
  [Header.InReplyTo, 'In-Reply-To'],
  [Header.MimeVersion, 'MIME-Version'],
  [Header.Organization, 'Organization'],
  [Header.Priority, 'Priority'],
  [Header.ReplyTo, 'Reply-To'],
  [Header.Join, 'Join'],
  [Header.TargetDialog, 'Target-Dialog'],
  [Header.AcceptContact, 'Accept-Contact', 'a'],
  [Header.RejectContact, 'Reject-Contact', 'j'],
  [Header.RequestDisposition, 'Request-Disposition', 'd'],
  [Header.PAssociatedUri, 'P-Associated-URI'],
  [Header.PAccessNetworkInfo, 'P-Access-Network-Info'],
  [Header.PChargingVector, 'P-Charging-Vector'],
  [Header.FlowTimer, 'Flow-Timer'],
  [Header.GeolocationRouting, 'Geolocation-Routing'],
  [Header.Geolocation, 'Geolocation'],
  [Header.UserToUser, 'User-to-User'],
  [Header.SessionId, 'Session-ID'],
  [Header.RecvInfo, 'Recv-Info'],
  [Header.InfoPackage, 'Info-Package'],
];

const canonicalNames: string[] = [];
for (const [id, name] of NAMES) canonicalNames[id] = name;

/** The name of a header field as it is written on the wire, in its long form. Empty for `Header.Other`. */
export function headerName(id: HeaderId): string {
  return canonicalNames[id] ?? '';
}

const SLOTS = 1024;
const slotNames: string[] = Array.from({ length: SLOTS }, () => '');
const slotIds = new Uint8Array(SLOTS).fill(Header.Other);

/** One step of the hash over a header name; letters count the same in either case. */
export function hashStep(hash: number, code: number): number {
  return (Math.imul(hash, 31) + (code | 0x20)) | 0;
}

function hashOf(lowerName: string): number {
  let hash = 0;
  for (let i = 0; i < lowerName.length; i++) hash = hashStep(hash, lowerName.charCodeAt(i));
  return hash;
}

for (const [id, name, compact] of NAMES) {
  for (const spelling of compact === undefined ? [name] : [name, compact]) {
    const lower = spelling.toLowerCase();
    let slot = hashOf(lower) & (SLOTS - 1);
    while (slotNames[slot] !== '') slot = (slot + 1) & (SLOTS - 1);
    slotNames[slot] = lower;
    slotIds[slot] = id;
  }
}

/**
 * The id of the name in text[start, end), whose hash the caller has already computed with {@link hashStep} while scanning.
 * The name holds token characters only, so setting bit 0x20 folds letters and can't turn another character into one of
 * those that known names consist of.
 */
export function lookUpHashed(text: string, start: number, end: number, hash: number): HeaderId {
  let slot = hash & (SLOTS - 1);
  for (;;) {
    const name = slotNames[slot] as string;
    if (name === '') return Header.Other;
    if (name.length === end - start) {
      let i = 0;
      while (i < name.length && (text.charCodeAt(start + i) | 0x20) === name.charCodeAt(i)) i++;
      if (i === name.length) return slotIds[slot] as HeaderId;
    }
    slot = (slot + 1) & (SLOTS - 1);
  }
}

/** The id of a header name, in any case, long or compact; `Header.Other` when it is not a listed one. */
export function headerId(name: string): HeaderId {
  let hash = 0;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (TOKEN[code] !== 1) return Header.Other;
    hash = hashStep(hash, code);
  }
  return lookUpHashed(name, 0, name.length, hash);
}
