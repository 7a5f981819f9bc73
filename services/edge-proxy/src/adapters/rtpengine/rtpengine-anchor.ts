import type { RelayReason } from '../../domain/media-decision.js';
import { familyOf } from '../../domain/network-address.js';
import type { MediaLeg, MediaProfile } from '../../domain/relayed-media.js';
import type { DescriptionOutcome, DescriptionStep, MediaAnchor } from '../../ports/media-anchor.js';
import type { MediaNodes } from './media-nodes.js';
import type { NgOutcome } from './ng-client.js';
import type { NgDescription, NgFlags } from './ng-message.js';

/** What the relay is to a side of each kind. Nothing of the other side's ways shows through. */
/**
 * Kept out of what SDES phones are offered: suites without encryption, those that phones name but don't get right (AEAD), and those that only make the
 * offer long. AES_CM_128_HMAC_SHA1_80 and _32 stay, which all of them know (RFC 4568).
 */
const unusualSuites = [
  'AEAD_AES_256_GCM',
  'AEAD_AES_128_GCM',
  'AES_256_CM_HMAC_SHA1_80',
  'AES_256_CM_HMAC_SHA1_32',
  'AES_192_CM_HMAC_SHA1_80',
  'AES_192_CM_HMAC_SHA1_32',
  'F8_128_HMAC_SHA1_80',
  'F8_128_HMAC_SHA1_32',
  'NULL_HMAC_SHA1_80',
  'NULL_HMAC_SHA1_32',
].map((suite) => `no-${suite}`);

const flagsByProfile: Readonly<
  Record<MediaProfile, Pick<NgFlags, 'transport-protocol' | 'ICE' | 'DTLS' | 'SDES' | 'rtcp-mux'>>
> = {
  plain: { 'transport-protocol': 'RTP/AVP', ICE: 'remove', DTLS: 'off', SDES: ['off'], 'rtcp-mux': ['demux'] },
  sdes: { 'transport-protocol': 'RTP/SAVP', ICE: 'remove', DTLS: 'off', SDES: unusualSuites, 'rtcp-mux': ['demux'] },
  // Browsers insist on one port for RTP and RTCP. The DTLS role is left to rtpengine: it begins a handshake with an offerer as soon as ICE has found a
  // way, before the answer is there, and a browser doesn't recover when the answer then says passive.
  webrtc: {
    'transport-protocol': 'UDP/TLS/RTP/SAVPF',
    ICE: 'force',
    SDES: ['off'],
    'rtcp-mux': ['require'],
  },
};

/** What was done since the start, for metrics. */
export interface AnchorCounters {
  /** Copies of INVITEs that were given a node, by why. */
  readonly relayed: Record<RelayReason, number>;
  /** Copies that got none, since no node lives. */
  unplaced: number;
  /** By command and outcome: "offer done". */
  readonly commands: Map<string, number>;
  /** Of commands that were carried out. */
  answered: number;
  answeredMs: number;
}

/** Anchors media at rtpengine, by its ng protocol. */
export class RtpengineAnchor implements MediaAnchor {
  readonly counters: AnchorCounters = {
    relayed: { policy: 0, browser: 0, encryption: 0, family: 0, nat: 0, network: 0 },
    unplaced: 0,
    commands: new Map(),
    answered: 0,
    answeredMs: 0,
  };

  constructor(private readonly nodes: MediaNodes) {}

  place(reason: RelayReason): number | undefined {
    const node = this.nodes.leastLoaded();
    if (node === undefined) this.counters.unplaced++;
    else this.counters.relayed[reason]++;
    return node;
  }

  describe(step: DescriptionStep, outcome: (outcome: DescriptionOutcome) => void): void {
    // The node of a call that goes on may have died meanwhile: an offer begins anew at another.
    const node = step.isNew ? step.node : this.nodes.serving(step.node, step.mediaCallId);
    if (node === undefined) outcome({ kind: 'away', reason: 'no media node lives' });
    else if (step.role === 'answer' && node !== step.node && step.offer !== undefined)
      this.#answerAnew(node, step, new Set(), outcome);
    else this.#describeAt(node, step, new Set(), outcome);
  }

  release(mediaCallId: string, node: number): void {
    const command = { command: 'delete', 'call-id': mediaCallId, 'delete-delay': 0 } as const;
    this.nodes.ask(node, command, (answer) => {
      this.#count('delete', answer);
      if (answer.kind === 'done' && answer.reply.warning === undefined) return;
      // It has moved while its node was away. What is lost is released by rtpengine itself, when no media has come for a minute.
      for (const other of this.nodes.living(node))
        this.nodes.ask(other, command, (answered) => this.#count('delete', answered));
    });
  }

  #describeAt(
    node: number,
    step: DescriptionStep,
    tried: Set<number>,
    outcome: (outcome: DescriptionOutcome) => void,
  ): void {
    this.nodes.ask(node, commandOf(step), (answer) => {
      this.#count(step.role, answer);
      if (answer.kind === 'done') {
        const { sdp } = answer.reply;
        if (sdp === undefined) outcome({ kind: 'refused', reason: 'rtpengine gave no description' });
        else outcome({ kind: 'described', sdp, node });
        return;
      }
      // A node that was started again has forgotten its calls, and can take them anew.
      const isForgotten = answer.kind === 'refused' && /unknown call-id/i.test(answer.reason);
      if (answer.kind === 'silent' || answer.full) tried.add(node);
      else if (!isForgotten || step.offer === undefined) {
        outcome({ kind: 'refused', reason: answer.reason });
        return;
      }
      const next = this.#another(step, tried);
      if (next === undefined) outcome({ kind: 'away', reason: answer.reason });
      else if (step.role === 'offer') this.#describeAt(next, step, tried, outcome);
      else this.#answerAnew(next, step, tried, outcome);
    });
  }

  /**
   * An answer whose node is gone: another one gets the offer again, and then the answer. The caller's media goes through it at once, the
   * callee's with the next re-INVITE.
   */
  #answerAnew(
    node: number,
    step: DescriptionStep,
    tried: Set<number>,
    outcome: (outcome: DescriptionOutcome) => void,
  ): void {
    const { offer } = step;
    if (offer === undefined) {
      outcome({ kind: 'away', reason: 'its node does not live' });
      return;
    }
    this.#describeAt(node, { ...offer, isNew: false }, tried, (offered) => {
      if (offered.kind !== 'described') outcome(offered);
      else this.#describeAt(offered.node, { ...step, offer: undefined }, tried, outcome);
    });
  }

  #another(step: DescriptionStep, tried: ReadonlySet<number>): number | undefined {
    return step.isNew ? this.nodes.leastLoaded(tried) : this.nodes.serving(step.node, step.mediaCallId, tried);
  }

  #count(command: string, answer: NgOutcome): void {
    const { counters } = this;
    const key = `${command} ${answer.kind}`;
    counters.commands.set(key, (counters.commands.get(key) ?? 0) + 1);
    if (answer.kind !== 'done') return;
    counters.answered++;
    counters.answeredMs += answer.tookMs;
  }
}

function commandOf(step: DescriptionStep): NgDescription {
  const { role, mediaCallId, offererTag, answererTag, sdp, to, source } = step;
  return {
    command: role,
    'call-id': mediaCallId,
    'from-tag': offererTag,
    ...(answererTag === undefined ? {} : { 'to-tag': answererTag }),
    ...flagsFor(to),
    ...(source === undefined ? {} : sourceFlags(source)),
    sdp,
  };
}

function flagsFor({ profile, family }: MediaLeg): NgFlags {
  return { replace: ['origin', 'session-connection'], 'address-family': family, ...flagsByProfile[profile] };
}

function sourceFlags(source: string): Pick<NgFlags, 'flags' | 'received-from'> {
  return { flags: ['SIP-source-address'], 'received-from': [familyOf(source) ?? 'IP4', source] };
}
