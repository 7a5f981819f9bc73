import { parseMessage, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import type { InviteClientTransaction } from '../invite-client-transaction.js';
import type { InviteServerTransaction } from '../invite-server-transaction.js';
import { TimerWheel } from '../timer-wheel.js';
import type { ClientTransaction, RespondResult, ServerTransaction, TransactionEffect } from '../transaction.js';
import { TransactionLayer } from '../transaction-layer.js';
import type { LossyNetwork } from './lossy-network.js';
import type { TransactionLog } from './transaction-log.js';

/** The way to one peer over the simulated network. */
export interface SimulatedFlow {
  readonly reliable: false;
  readonly peer: string;
}

export type Client = ClientTransaction<SimulatedFlow>;
export type InviteClient = InviteClientTransaction<SimulatedFlow>;
export type Server = ServerTransaction<SimulatedFlow>;
export type InviteServer = InviteServerTransaction<SimulatedFlow>;

/** RFC 3261 §9.1: how long after a CANCEL the INVITE is given up, and §13.3.1.4: how long a 2xx is repeated. */
export const GIVE_UP_MS = 32_000;

/** An element of the simulation: a transaction layer, its wheel, and a transaction user (the subclass). */
export abstract class SimulatedElement {
  readonly wheel: TimerWheel;
  readonly layer: TransactionLayer<SimulatedFlow>;
  protected readonly effects: TransactionEffect<SimulatedFlow>[] = [];
  private readonly flows = new Map<string, SimulatedFlow>();

  constructor(
    readonly address: string,
    startsAt: number,
    private readonly network: LossyNetwork,
    private readonly log: TransactionLog,
  ) {
    this.wheel = new TimerWheel(startsAt);
    this.layer = new TransactionLayer({ wheel: this.wheel, effects: this.effects });
    network.attach(address, (now, packet) => this.receive(now, packet.from, packet.payload));
  }

  /** Fires what is due at `now`. */
  advance(now: number): void {
    this.wheel.advance(now);
    this.drain(now);
  }

  protected abstract onRequest(now: number, transaction: Server, request: SipRequest): void;
  protected abstract onCancel(now: number, transaction: Server, cancelled: InviteServer | undefined): void;
  protected abstract onAck(now: number, request: SipRequest): void;
  protected abstract onResponse(now: number, transaction: Client, response: SipResponse): void;
  protected abstract onTimeout(now: number, transaction: Client): void;
  protected abstract onAckTimeout(now: number, transaction: InviteServer): void;
  protected abstract onTerminated(transaction: Client | Server): void;

  protected flowTo(peer: string): SimulatedFlow {
    let flow = this.flows.get(peer);
    if (flow === undefined) {
      flow = { reliable: false, peer };
      this.flows.set(peer, flow);
    }
    return flow;
  }

  protected begin(now: number, raw: string, peer: string, user?: unknown): Client {
    return this.layer.startClient(now, asRequest(raw), this.flowTo(peer), user);
  }

  protected respond(now: number, transaction: Server, statusCode: number, raw: string): RespondResult {
    const result = this.layer.respond(now, transaction, statusCode, raw);
    if (result === 'sent') this.log.note(now, 'server', transaction.request.raw, 'commanded', String(statusCode));
    return result;
  }

  /** True if it was still without a final response. */
  protected abandon(now: number, transaction: InviteClient): boolean {
    if (!this.layer.abandon(now, transaction)) return false;
    this.log.note(now, 'client', transaction.request.raw, 'commanded', 'abandon');
    return true;
  }

  /** Outside any transaction: an ACK for a 2xx. */
  protected sendDirectly(now: number, raw: string, peer: string): void {
    this.network.send(now, { from: this.address, to: peer, payload: raw });
  }

  private receive(now: number, from: string, raw: string): void {
    const message = parseMessage(raw);
    if (message.kind === 'failure') throw new Error(`${message.reason}:\n${raw}`);
    this.layer.receive(now, message, this.flowTo(from));
    this.drain(now);
  }

  private drain(now: number): void {
    for (let index = 0; index < this.effects.length; index++) {
      this.carryOut(now, this.effects[index] as TransactionEffect<SimulatedFlow>);
    }
    this.effects.length = 0;
  }

  private carryOut(now: number, effect: TransactionEffect<SimulatedFlow>): void {
    switch (effect.type) {
      case 'send':
        this.network.send(now, { from: this.address, to: effect.flow.peer, payload: effect.raw });
        return;
      case 'request':
        this.log.note(now, 'server', effect.request.raw, 'told', effect.request.method);
        this.onRequest(now, effect.transaction, effect.request);
        return;
      case 'cancel':
        this.log.note(now, 'server', effect.request.raw, 'told', 'CANCEL');
        this.onCancel(now, effect.transaction, effect.cancelled);
        return;
      case 'ack':
        this.onAck(now, effect.request);
        return;
      case 'response':
        this.log.note(now, 'client', effect.transaction.request.raw, 'told', String(effect.response.statusCode));
        this.onResponse(now, effect.transaction, effect.response);
        return;
      case 'timeout':
        this.log.note(now, 'client', effect.transaction.request.raw, 'told', 'timeout');
        this.onTimeout(now, effect.transaction);
        return;
      case 'ackTimeout':
        this.log.note(now, 'server', effect.transaction.request.raw, 'told', 'ackTimeout');
        this.onAckTimeout(now, effect.transaction);
        return;
      case 'transportError':
        throw new Error('the simulated network reports no transport errors');
      case 'terminated':
        this.onTerminated(effect.transaction);
        return;
      case 'strayResponse':
        return;
    }
  }
}

function asRequest(raw: string): SipRequest {
  const message = parseMessage(raw);
  if (message.kind !== 'request') throw new Error(`no well-formed request:\n${raw}`);
  return message;
}
