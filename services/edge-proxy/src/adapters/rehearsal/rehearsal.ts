import { noSpan } from '@ringdown/platform';
import { reasonPhrase } from '@ringdown/sip-message';
import { preprocessRoutes } from '@ringdown/sip-proxy';
import type { HostPort } from '@ringdown/sip-transport';
import type { Admission } from '../../domain/admission.js';
import type { AuthenticationPorts } from '../../domain/authenticate.js';
import type { OpenGruu } from '../../domain/device.js';
import type { Reason } from '../../domain/explanation.js';
import type { EdgeTarget } from '../../domain/hop.js';
import type { OwnAddresses } from '../../domain/own-addresses.js';
import type { RegistrationGovernor } from '../../domain/registration-governor.js';
import type { ConferenceLookups } from '../../ports/conferences.js';
import type { LocationLookups } from '../../ports/lookups.js';
import type { Locate } from '../sip/locator.js';
import type { ReceivedRequest } from '../sip/new-request.js';
import { NewRequestRouting } from '../sip/new-request-routing.js';
import type { Outbound } from '../sip/outbound.js';
import type { Forwards, ProxyInput } from '../sip/proxied-request.js';
import type { Answers } from '../sip/refusals.js';
import { assumedCaller } from './assumed-caller.js';
import { explainedConferences, explainedDirectory, explainedLocation } from './explained-lookups.js';
import { rehearsedLimits } from './rehearsed-limits.js';
import { flowOf, type RehearsedCall, requestOf } from './rehearsed-request.js';
import { locateTargets, mediaInWords, targetInWords, trustInWords } from './targets-in-words.js';

/** What a rehearsal is made with: what the edge itself routes by. */
export interface RehearsalOptions {
  readonly edgeId: string;
  readonly authentication: AuthenticationPorts;
  readonly location: LocationLookups;
  readonly conferences: ConferenceLookups | undefined;
  readonly admission: Admission;
  readonly registrations: RegistrationGovernor;
  readonly outbound: Pick<Outbound, 'find'>;
  readonly reachable: (service: string, method: string, pod?: string) => boolean;
  readonly locate: Locate;
  readonly openGruu: OpenGruu;
  readonly own: OwnAddresses;
  /** What the edge listens on. */
  readonly listening: () => readonly { readonly transport: string; readonly address: HostPort }[];
  /** Whether it has a relay of media. */
  readonly hasRelay: boolean;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** How long lookups may take; default 15,000: a phone that has just lost its connection is waited for, as a call would. */
  readonly timeoutMs?: number;
}

/** Why there was no rehearsal, in a sentence. */
export interface NoRehearsal {
  readonly kind: 'impossible' | 'late';
  readonly problem: string;
}

/** What would become of a request. */
export interface Rehearsed {
  /** Whose view this is: limits are counted by each edge. */
  readonly edgeId: string;
  readonly outcome:
    | { readonly kind: 'forwarded'; readonly targets: readonly string[] }
    /** To a service of the platform, which answers or goes on with it. */
    | { readonly kind: 'service'; readonly service: string }
    | { readonly kind: 'answered'; readonly statusCode: number; readonly reasonPhrase: string };
  /** Every decision, in the order in which they were made. */
  readonly steps: readonly Reason[];
}

/**
 * Routes requests that nobody has sent, by the very code that routes those of phones, and tells each decision. Tables are read, over the edge's caches;
 * nothing is sent to a phone or peer, counted against a limit, or opened.
 */
export class Rehearsal {
  constructor(private readonly options: RehearsalOptions) {}

  /** Resolves with what would happen, or why that can't be said. */
  async run(call: RehearsedCall): Promise<Rehearsed | NoRehearsal> {
    const { edgeId, own, listening, now, timeoutMs = 15_000 } = this.options;
    const listener = listening().find(({ transport }) => transport === call.transport);
    if (listener === undefined) return impossible(`edge ${edgeId} does not listen on ${call.transport}`);
    const request = requestOf(call);
    if (request === undefined) return impossible('from and to make no SIP request');
    const flow = flowOf(call, listener.address);
    const routed = preprocessRoutes(request, own, { transport: flow.transport, port: flow.local.port });
    if (routed.kind === 'failure') return impossible(routed.reason);
    const steps: Reason[] = [];
    const explain = (reason: Reason): void => {
      // The domain of both sides is looked up for each.
      if (!steps.some(({ step, decision }) => step === reason.step && decision === reason.decision)) steps.push(reason);
    };
    const ingress = { flow, envelope: undefined, receivedAt: now() };
    // Nothing that a rehearsal calls answers a transaction or keeps it; a call is named by its key.
    const transaction = { key: '' } as ReceivedRequest['transaction'];
    const received: ReceivedRequest = { transaction, request, routed, ingress, span: noSpan, explain };
    const last = (): string | undefined => steps.at(-1)?.decision;
    const ended = Promise.withResolvers<Rehearsed['outcome'] | NoRehearsal>();
    const timer = setTimeout(() => {
      const known = last() ?? 'nothing was found out';
      ended.resolve({ kind: 'late', problem: `no decision within ${timeoutMs / 1_000} s; the last was: ${known}` });
    }, timeoutMs);
    this.#routing({ call, explain, last, ended: ended.resolve }).route(received);
    const outcome = await ended.promise;
    clearTimeout(timer);
    return 'problem' in outcome ? outcome : { edgeId, outcome, steps };
  }

  #routing(scene: Scene): NewRequestRouting {
    const { authentication, location, conferences, admission, registrations } = this.options;
    const { openGruu, reachable, locate, now } = this.options;
    const { call, explain } = scene;
    const refusals = answersOf(scene);
    return new NewRequestRouting({
      stack: { now },
      calls: { keyOf: () => '' },
      proxy: this.#forwards(scene),
      refusals,
      authentication: { ...authentication, directory: explainedDirectory(authentication.directory, explain) },
      location: explainedLocation(location, explain),
      ...(conferences === undefined ? {} : { conferences: explainedConferences(conferences, explain) }),
      openGruu,
      // It has no flow that anything could be sent over.
      flowTokens: { edge: { id: '', incarnation: '' }, tokenOf: () => '' },
      security: { refused: () => undefined, unknownDomain: () => undefined },
      reachable,
      locate,
      ...rehearsedLimits(admission, registrations, explain),
      authenticate: assumedCaller(call.username, explain),
      ...(call.source === undefined ? { provePeer: assumedPeer(scene) } : {}),
    });
  }

  #forwards({ call, explain, ended }: Scene): Forwards {
    const { outbound, locate, hasRelay } = this.options;
    return {
      forward: (input, targets) => {
        const ordered = [...targets].sort((a, b) => b.qThousandths - a.qThousandths);
        const surroundings = {
          locate,
          routed: input.routed,
          findFlow: (hop: Parameters<Outbound['find']>[0]) => outbound.find(hop, call.method).kind,
        };
        locateTargets(ordered, surroundings, (located) => {
          for (const each of located) {
            explain(targetInWords(each, surroundings));
            if (call.method === 'INVITE' && input.call?.media.kind === 'undecided')
              explain(mediaInWords(input.call.media.policy, call.transport, call.source, each, hasRelay));
            if (input.service === undefined) explain(trustInWords(input.request, input.origin, each.target));
          }
          const outcome = outcomeOf(input, ordered);
          explain({ step: 'outcome', ...outcomeInWords(input, ordered) });
          ended(outcome);
        });
      },
    };
  }
}

/** One rehearsal. */
interface Scene {
  readonly call: RehearsedCall;
  readonly explain: (reason: Reason) => void;
  /** What was told last. */
  readonly last: () => string | undefined;
  readonly ended: (outcome: Rehearsed['outcome']) => void;
}

function impossible(problem: string): NoRehearsal {
  return { kind: 'impossible', problem };
}

function answersOf({ explain, last, ended }: Scene): Answers {
  // What is too ordinary for the log has its reason in the step before.
  const answered = (statusCode: number, phrase: string, why = last()): void => {
    explain({
      step: 'outcome',
      decision: `answered ${statusCode} ${phrase}`,
      ...(why === undefined ? {} : { rule: why }),
    });
    ended({ kind: 'answered', statusCode, reasonPhrase: phrase });
  };
  const later = (what: string): void => answered(503, reasonPhrase(503), what);
  return {
    answer: (_received, { statusCode, reasonPhrase: phrase, why }) =>
      answered(statusCode, phrase ?? reasonPhrase(statusCode), why),
    later: (_received, _retryAfterSec, what) => later(what),
    away: (_received, what) => later(`${what} can't be reached`),
  };
}

/** Without a source a peer is taken to be where its route leads. */
function assumedPeer({ explain }: Scene) {
  return (_flow: unknown, uri: string, _locate: Locate, answered: (isPeer: boolean) => void): void => {
    explain({
      step: 'caller',
      decision: `taken to come from where ${uri} leads, since no source was given`,
      rule: 'from anywhere else it is refused: 403',
    });
    answered(true);
  };
}

function outcomeOf({ service }: ProxyInput, targets: readonly EdgeTarget[]): Rehearsed['outcome'] {
  return service === undefined
    ? { kind: 'forwarded', targets: targets.map(({ uri }) => uri) }
    : { kind: 'service', service };
}

function outcomeInWords({ service }: ProxyInput, targets: readonly EdgeTarget[]): Omit<Reason, 'step'> {
  const [first, ...others] = targets;
  if (service !== undefined) return { decision: `handed to ${service}` };
  if (others.length === 0) return { decision: `forwarded to ${first?.uri ?? 'nobody'}` };
  const isParallel = others.every(({ qThousandths }) => qThousandths === first?.qThousandths);
  const order = isParallel ? 'all at once' : 'one group after the other, the highest q first';
  return {
    decision: `forwarded to ${targets.length} targets, ${order}`,
    rule: "the contacts' q and the tenant's policy forkMode",
  };
}
