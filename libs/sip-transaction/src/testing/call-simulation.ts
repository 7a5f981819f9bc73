import { type CallPlan, randomPlan } from './call-plan.js';
import { LossyNetwork, type NetworkConditions } from './lossy-network.js';
import { SeededRandom } from './seeded-random.js';
import type { SimulatedElement } from './simulated-element.js';
import { SimulatedRelay } from './simulated-relay.js';
import { SimulatedUac } from './simulated-uac.js';
import { SimulatedUas } from './simulated-uas.js';
import { TransactionLog } from './transaction-log.js';

const STARTS_AT = 1000;
/** The last call has ended long before; a transaction that is stuck must not keep the simulation going. */
const LATEST_END_MS = 3_600_000;

/** Callers, a relay and callees with their calls over one network. */
export class CallSimulation {
  readonly log = new TransactionLog();
  readonly network: LossyNetwork;
  readonly uac: SimulatedUac;
  readonly relay: SimulatedRelay;
  readonly uas: SimulatedUas;
  private readonly elements: readonly SimulatedElement[];

  /** `calls` calls, one every `intervalMs`. */
  constructor(options: { seed: number; conditions: NetworkConditions; calls: number; intervalMs: number }) {
    const random = new SeededRandom(options.seed);
    const plans = new Map<string, CallPlan>();
    for (let index = 0; index < options.calls; index++) {
      const callId = `call${index}`;
      plans.set(callId, randomPlan(random, callId, STARTS_AT + index * options.intervalMs));
    }
    this.network = new LossyNetwork(random, options.conditions, this.log);
    this.uac = new SimulatedUac('relay.example.com', 'uac.example.com', STARTS_AT, this.network, this.log);
    this.relay = new SimulatedRelay('uas.example.com', 'relay.example.com', STARTS_AT, this.network, this.log);
    this.uas = new SimulatedUas(plans, 'uas.example.com', STARTS_AT, this.network, this.log);
    this.elements = [this.uac, this.relay, this.uas];
    for (const plan of plans.values()) this.uac.plan(STARTS_AT, plan);
  }

  /** Runs until nothing is under way and no timer waits; returns the simulated milliseconds that took. */
  run(): number {
    let now = STARTS_AT;
    for (let next = this.nextDeadline(); next !== Infinity; next = this.nextDeadline()) {
      now = Math.max(now, next);
      if (now > STARTS_AT + LATEST_END_MS) throw new Error(`still busy after ${LATEST_END_MS} simulated ms`);
      this.network.advance(now);
      for (const element of this.elements) element.advance(now);
    }
    return now - STARTS_AT;
  }

  private nextDeadline(): number {
    let next = this.network.nextDeadline() ?? Infinity;
    for (const element of this.elements) next = Math.min(next, element.wheel.nextDeadline() ?? Infinity);
    return next;
  }
}
