import { Header } from '@ringdown/sip-message';
import { TimerWheel } from '@ringdown/sip-transaction';
import type { BranchFailure } from '../branch.js';
import type { ForwardTarget } from '../fork-target.js';
import type { ProxyEffect } from '../proxy-effect.js';
import { ResponseContext } from '../response-context.js';
import type { ResponseContextOptions } from '../response-context-options.js';
import { sampleRequest, sampleResponse } from './sample-messages.js';

/** A target `sip:<name>@test`, one address unless told otherwise. */
export function target(name: string, change: Partial<ForwardTarget> = {}): ForwardTarget {
  return { uri: `sip:${name}@test`, qThousandths: 1000, hopCount: 1, failover: 'addresses', ...change };
}

export const [a, b, c] = [target('a'), target('b'), target('c')] as const;

/** A target of a lower q. */
export function low(name: string, qThousandths = 500): ForwardTarget {
  return target(name, { qThousandths });
}

/** A device with several flows. */
export function flows(name: string, hopCount: number): ForwardTarget {
  return target(name, { hopCount, failover: 'flows' });
}

export const NON_INVITE = { method: 'MESSAGE' } as const;

/** One act upon a context, and the effects it has to have, in words. */
export type ForkStep = readonly [act: (script: ForkScript) => string, expected: string];

export interface ForkRow {
  readonly name: string;
  readonly options?: Partial<ResponseContextOptions<ForwardTarget>>;
  readonly steps: readonly ForkStep[];
}

type Act = (script: ForkScript) => string;
export const start =
  (...targets: ForwardTarget[]): Act =>
  (script) =>
    script.start(...targets);
export const add =
  (...targets: ForwardTarget[]): Act =>
  (script) =>
    script.add(...targets);
export const got =
  (branch: number, status: number, ...lines: string[]): Act =>
  (script) =>
    script.response(branch, status, ...lines);
export const fails =
  (branch: number, how: BranchFailure): Act =>
  (script) =>
    script.fail(branch, how);
export const resolved =
  (branch: number, hopCount: number): Act =>
  (script) =>
    script.resolved(branch, hopCount);
export const cancel: Act = (script) => script.cancel();
export const wait =
  (delayMs: number): Act =>
  (script) =>
    script.wait(delayMs);

/** What came out at each step, and how many timers a finished context left behind. */
export interface Played {
  readonly effects: readonly string[];
  readonly timersLeft: number;
}

export function play({ options, steps }: ForkRow): Played {
  const script = new ForkScript(options);
  const effects = steps.map(([act]) => act(script));
  return { effects, timersLeft: script.context.finished ? script.wheel.size : 0 };
}

/** What `play` has to give. */
export function scripted({ steps }: ForkRow): Played {
  return { effects: steps.map(([, expected]) => expected), timersLeft: 0 };
}

/** A response context under a simulated clock, whose effects are read as short words. */
export class ForkScript {
  readonly wheel = new TimerWheel(0);
  readonly effects: ProxyEffect<ForwardTarget>[] = [];
  readonly context: ResponseContext<ForwardTarget>;
  readonly #method: string;
  #now = 0;

  constructor(options: Partial<ResponseContextOptions<ForwardTarget>> = {}) {
    this.#method = options.method ?? 'INVITE';
    this.context = new ResponseContext<ForwardTarget>({
      method: this.#method,
      wheel: this.wheel,
      effects: this.effects,
      maxBreadth: 60,
      ...options,
    });
  }

  start(...targets: ForwardTarget[]): string {
    this.context.start(this.#now, targets);
    return this.drain();
  }

  add(...targets: ForwardTarget[]): string {
    const taken = this.context.addTargets(this.#now, targets);
    return taken ? this.drain() : `refused${this.drain()}`;
  }

  resolved(branch: number, hopCount: number): string {
    this.context.resolved(this.#now, branch, hopCount);
    return this.drain();
  }

  response(branch: number, statusCode: number, ...lines: string[]): string {
    this.context.responseReceived(this.#now, branch, sampleResponse(statusCode, lines, this.#method));
    return this.drain();
  }

  fail(branch: number, failure: BranchFailure): string {
    this.context.branchFailed(this.#now, branch, failure);
    return this.drain();
  }

  cancel(): string {
    this.context.cancel(this.#now, sampleRequest({ method: 'CANCEL' }));
    return this.drain();
  }

  wait(delayMs: number): string {
    this.#now += delayMs;
    this.wheel.advance(this.#now);
    return this.drain();
  }

  /** The effects since the last call, e.g. `0→a`, `cancel 1 answered`, `200 of 0`, `500`, `finished failed`. */
  drain(): string {
    return this.effects.splice(0).map(describeEffect).join(', ');
  }
}

function describeEffect(effect: ProxyEffect<ForwardTarget>): string {
  switch (effect.type) {
    case 'resolve':
      return `resolve ${effect.branch} ${nameOf(effect.target)}`;
    case 'forward': {
      const hop = effect.hop === 0 ? '' : `#${effect.hop}`;
      return `${effect.branch}→${nameOf(effect.target)}${hop}${effect.maxBreadth === 60 ? '' : `/${effect.maxBreadth}`}`;
    }
    case 'cancelBranch':
      return `cancel ${effect.branch} ${effect.reason.kind}`;
    case 'abandonBranch':
      return `abandon ${effect.branch}`;
    case 'finished':
      return `finished ${effect.outcome}`;
    case 'respond': {
      const { answer } = effect;
      if (answer.kind === 'generated') return String(answer.statusCode);
      const challenges = answer.addedHeaders.filter(
        ([id]) => id === Header.WwwAuthenticate || id === Header.ProxyAuthenticate,
      );
      return [
        `${answer.response.statusCode} of ${answer.branch}`,
        ...(answer.late ? ['late'] : []),
        ...(challenges.length > 0 ? [`with ${challenges.map(([, value]) => value).join('+')}`] : []),
        ...(answer.contacts === undefined ? [] : [`leaving ${answer.contacts.join('+')}`]),
      ].join(' ');
    }
  }
}

function nameOf(target: ForwardTarget): string {
  return target.uri.replace(/^sip:|@test$/g, '');
}
