import { hash } from 'node:crypto';
import { type KeyRing, type RouteTokenPayload, sealToken, type TokenDialog, type TokenLeg } from '@ringdown/sip-proxy';
import { conferenceFocus } from './conference.js';
import type { FlowHop, Leg, SourceAddress } from './hop.js';
import { type RelayedMedia, relayedMediaBytes, relayedMediaFrom } from './relayed-media.js';

/** What the edges need to know of a call to route its later requests without stored state. */
export interface Call {
  /** The platform's own name of the call: what its events are merged by. 16 hexadecimal digits, which nobody outside can compute and no message shows. */
  readonly callId: string;
  readonly originatingTenant: string;
  readonly terminatingTenant: string;
  readonly originatingLeg: Leg;
  readonly terminatingLeg: Leg;
  /** Seconds since 1970. */
  readonly startTimeSec: number;
  /** Absent where media flows directly. */
  readonly media?: RelayedMedia | undefined;
}

/** A leg as it comes out of a token: the instance and the source are known by their hashes only. */
export type KnownLeg =
  | {
      readonly kind: 'binding';
      readonly username: string;
      readonly instanceHash: string;
      /** Of the address that the device sent from when the call began; empty where that isn't known. */
      readonly sourceHash: string;
      readonly flow?: FlowHop;
    }
  | { readonly kind: 'trunk'; readonly routeId: string }
  | { readonly kind: 'service'; readonly service: string; readonly pod?: string }
  | { readonly kind: 'none' };

export interface KnownCall extends Omit<Call, 'originatingLeg' | 'terminatingLeg'> {
  readonly originatingLeg: KnownLeg;
  readonly terminatingLeg: KnownLeg;
}

const nothing = new Uint8Array(0);
const none: TokenLeg = { kind: 'none' };
/** Stands for the originating tenant again; no tenant has such an id. */
const theSame = Buffer.from('=');
const instanceHashBytes = 4;
const sourceHashDigits = 6;
/** Of the host, and of the whole address. */
const sourceHashBytes = sourceHashDigits;
const flowStart = instanceHashBytes + sourceHashBytes;
/** Tells a service's name from a route's id, which begins with a letter or a digit. */
const serviceMark = '@';
/** Before the name of a pod; no service's name has it. Without a service's name before it the pod is one of the conference focus, whose calls are many. */
const podMark = '/';

/** The few bytes of an instance that the token of a call has room for; enough to tell a person's devices apart. */
export function instanceHash(callId: string, instance: string): string {
  return hashWithin(callId, instance).slice(0, instanceHashBytes * 2);
}

/** The few bytes of a source address that the token of a call has room for: its host's, then the whole address's. */
export function sourceHash(callId: string, { host, port }: SourceAddress): string {
  return hostHash(callId, host) + hashWithin(callId, `${host} ${port}`).slice(0, sourceHashDigits);
}

/** How `sourceHash` begins for every address of a host. */
export function hostHash(callId: string, host: string): string {
  return hashWithin(callId, host).slice(0, sourceHashDigits);
}

/**
 * A few bytes could be matched by trial: whoever has a call's ends, a name server or many addresses would find another host that they stand for too. So
 * they are salted with the platform's name of the call, which can't be computed and isn't seen outside of it.
 */
function hashWithin(callId: string, text: string): string {
  return hash('sha256', `${callId} ${text}`, 'hex');
}

/** A token for Record-Route, and what it says to who opens it. */
export interface SealedCall {
  readonly token: string;
  readonly known: KnownCall;
}

/**
 * Seals a call into a token for Record-Route. What leaves no room is left out, the least needed first: the flow that an end asked for, where the ends were (who sends is then
 * challenged, unless it is registered from there), then a leg (that end can't be found again), then the tenants.
 */
export function sealCall(call: Call, dialog: TokenDialog, ring: KeyRing, nonce: Uint8Array): SealedCall {
  const whole = sealToken(payloadOf(call), dialog, ring, nonce);
  if (whole.kind === 'token') return { token: whole.token, known: knownCall(call) };
  for (const shortened of shortenings) {
    const payload = shortened(call);
    const sealed = sealToken(payload, dialog, ring, nonce);
    if (sealed.kind === 'token') return { token: sealed.token, known: callOf(payload) };
  }
  throw new Error('a token with nothing but a call id does not fit');
}

/** From less than the whole call to its mere id. */
const shortenings: readonly ((call: Call) => RouteTokenPayload)[] = [
  (call) => payloadOf(flowless(call)),
  (call) => payloadOf(placeless(call)),
  (call) => ({ ...payloadOf(placeless(call)), originatingLeg: none }),
  (call) => ({ ...payloadOf(placeless(call)), terminatingLeg: none }),
  (call) => ({ ...payloadOf(call), originatingLeg: none, terminatingLeg: none }),
  (call) => ({
    ...payloadOf(call),
    originatingLeg: none,
    terminatingLeg: none,
    originatingTenant: nothing,
    terminatingTenant: nothing,
  }),
];

function flowless(call: Call): Call {
  return {
    ...call,
    originatingLeg: withoutFlow(call.originatingLeg),
    terminatingLeg: withoutFlow(call.terminatingLeg),
  };
}

function placeless(call: Call): Call {
  return {
    ...call,
    originatingLeg: withoutSource(call.originatingLeg),
    terminatingLeg: withoutSource(call.terminatingLeg),
  };
}

/** What a token that holds the whole call says. */
function knownCall(call: Call): KnownCall {
  const { callId, originatingTenant, terminatingTenant, startTimeSec, media } = call;
  return {
    callId,
    originatingTenant,
    terminatingTenant,
    originatingLeg: hashedLeg(callId, call.originatingLeg),
    terminatingLeg: hashedLeg(callId, call.terminatingLeg),
    startTimeSec,
    ...(media === undefined ? {} : { media }),
  };
}

function hashedLeg(callId: string, leg: Leg): KnownLeg {
  if (leg.kind !== 'binding') return leg;
  return {
    kind: 'binding',
    username: leg.username,
    instanceHash: instanceHash(callId, leg.instance),
    sourceHash: leg.source === undefined ? '' : sourceHash(callId, leg.source),
    ...(leg.flow === undefined ? {} : { flow: leg.flow }),
  };
}

/** Reads what a token says. */
export function callOf(payload: RouteTokenPayload): KnownCall {
  const media = relayedMediaFrom(payload.mediaNode);
  return {
    callId: Buffer.from(payload.callId).toString('hex'),
    originatingTenant: text(payload.originatingTenant),
    terminatingTenant: text(
      theSame.equals(payload.terminatingTenant) ? payload.originatingTenant : payload.terminatingTenant,
    ),
    originatingLeg: knownLeg(payload.originatingLeg),
    terminatingLeg: knownLeg(payload.terminatingLeg),
    startTimeSec: payload.startTimeSec,
    ...(media === undefined ? {} : { media }),
  };
}

function payloadOf(call: Call): RouteTokenPayload {
  return {
    callId: Buffer.from(call.callId, 'hex'),
    originatingTenant: Buffer.from(call.originatingTenant),
    terminatingTenant:
      call.terminatingTenant === call.originatingTenant ? theSame : Buffer.from(call.terminatingTenant),
    originatingLeg: tokenLeg(call.callId, call.originatingLeg),
    terminatingLeg: tokenLeg(call.callId, call.terminatingLeg),
    mediaNode: call.media === undefined ? nothing : relayedMediaBytes(call.media),
    startTimeSec: call.startTimeSec,
  };
}

function withoutFlow(leg: Leg): Leg {
  if (leg.kind !== 'binding') return leg;
  const { flow: _, ...rest } = leg;
  return rest;
}

function withoutSource(leg: Leg): Leg {
  return leg.kind === 'binding' ? { kind: 'binding', username: leg.username, instance: leg.instance } : leg;
}

function tokenLeg(callId: string, leg: Leg): TokenLeg {
  switch (leg.kind) {
    case 'binding':
      return {
        kind: 'binding',
        addressOfRecord: Buffer.from(leg.username),
        instance: Buffer.concat([
          Buffer.from(instanceHash(callId, leg.instance), 'hex'),
          Buffer.from(leg.source === undefined ? '' : sourceHash(callId, leg.source), 'hex'),
          Buffer.from(leg.flow === undefined ? '' : flowText(leg.flow)),
        ]),
      };
    case 'trunk':
      return { kind: 'trunk', trunk: Buffer.from(leg.routeId) };
    case 'service':
      return { kind: 'trunk', trunk: Buffer.from(serviceText(leg)) };
    case 'none':
      return leg;
  }
}

function knownLeg(leg: TokenLeg): KnownLeg {
  switch (leg.kind) {
    case 'binding':
      return {
        kind: 'binding',
        username: text(leg.addressOfRecord),
        instanceHash: Buffer.from(leg.instance.subarray(0, instanceHashBytes)).toString('hex'),
        sourceHash: Buffer.from(leg.instance.subarray(instanceHashBytes, flowStart)).toString('hex'),
        ...flowOf(text(leg.instance.subarray(flowStart))),
      };
    case 'trunk': {
      const name = text(leg.trunk);
      if (name.startsWith(serviceMark)) return serviceLeg(name.slice(serviceMark.length));
      return { kind: 'trunk', routeId: name };
    }
    case 'none':
      return leg;
  }
}

function serviceText({ service, pod }: Extract<Leg, { kind: 'service' }>): string {
  if (pod === undefined) return `${serviceMark}${service}`;
  return `${serviceMark}${service === conferenceFocus ? '' : service}${podMark}${pod}`;
}

function serviceLeg(written: string): Extract<KnownLeg, { kind: 'service' }> {
  const at = written.indexOf(podMark);
  if (at < 0) return { kind: 'service', service: written };
  return { kind: 'service', service: written.slice(0, at) || conferenceFocus, pod: written.slice(at + 1) };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

/** None of the three has a space in it. */
function flowText({ flowToken, edgeId, incarnation }: FlowHop): string {
  return `${flowToken} ${edgeId} ${incarnation}`;
}

function flowOf(written: string): { readonly flow?: FlowHop } {
  const [flowToken = '', edgeId, incarnation] = written.split(' ');
  if (edgeId === undefined || incarnation === undefined) return {};
  return { flow: { kind: 'flow', flowToken, edgeId, incarnation } };
}
