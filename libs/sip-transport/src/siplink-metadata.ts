import { Metadata } from '@grpc/grpc-js';
import type { SipLinkPeer } from './siplink-channel.js';
import type { SipLinkClass } from './siplink-envelope.js';

const classKey = 'ringdown-siplink-class';
const nameKey = 'ringdown-siplink-name';
const incarnationKey = 'ringdown-siplink-incarnation';

/** The metadata that opens a stream: its class and who opens it. */
export function streamMetadata(self: SipLinkPeer, linkClass: SipLinkClass): Metadata {
  const metadata = new Metadata();
  metadata.set(classKey, linkClass);
  metadata.set(nameKey, self.name);
  metadata.set(incarnationKey, self.incarnation);
  return metadata;
}

/** The metadata that accepts a stream: who does. Empty where that doesn't tell. */
export function acceptanceMetadata(self: SipLinkPeer | undefined): Metadata {
  const metadata = new Metadata();
  if (self === undefined) return metadata;
  metadata.set(nameKey, self.name);
  metadata.set(incarnationKey, self.incarnation);
  return metadata;
}

/** Who has accepted a stream; undefined where it doesn't tell. */
export function readAcceptance(metadata: Metadata): SipLinkPeer | undefined {
  const name = text(metadata, nameKey);
  if (name === undefined || name === '') return undefined;
  return { name, incarnation: text(metadata, incarnationKey) ?? '' };
}

/** Who opens a stream and its class, or what is wrong with the metadata. */
export function readStreamMetadata(metadata: Metadata): (SipLinkPeer & { readonly linkClass: SipLinkClass }) | string {
  const linkClass = text(metadata, classKey);
  const name = text(metadata, nameKey);
  const incarnation = text(metadata, incarnationKey);
  if (linkClass !== 'calls' && linkClass !== 'registrations') {
    return `${classKey} is ${linkClass === undefined ? 'missing' : `"${linkClass}"`}; expected "calls" or "registrations"`;
  }
  if (name === undefined || name === '') return `${nameKey} is missing`;
  return { linkClass, name, incarnation: incarnation ?? '' };
}

function text(metadata: Metadata, key: string): string | undefined {
  const value = metadata.get(key)[0];
  return typeof value === 'string' ? value : undefined;
}
