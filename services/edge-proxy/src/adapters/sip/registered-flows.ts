import type { location } from '@ringdown/contracts';
import { ownString } from '@ringdown/sip-message';
import type { Flow } from '@ringdown/sip-transport';
import { flowToken } from '../../domain/flow-token.js';

export interface RegisteredFlowsOptions {
  readonly edge: { readonly id: string; readonly incarnation: string };
  readonly unbind: location.LocationService['unbind'];
  readonly failed: (error: unknown) => void;
  readonly succeeded: () => void;
  readonly timeoutMs: number;
}

interface Registered {
  readonly flow: Flow;
  /** The devices by the addresses of record that were registered over it, as `tenant\naddress`. */
  readonly devices: Map<string, string | undefined>;
}

export interface RegisteredFlowCounters {
  /** Told to location, and answered. */
  unbound: number;
  /** Given up, since more of them waited for location than are kept. */
  forgotten: number;
  /** Connections that this edge has closed so that their phones move. */
  moved: number;
}

/** Questions to location at once. */
const maxUnderWay = 32;
/** What is forgotten beyond this is found out when somebody calls. */
const maxWaiting = 100_000;
const retryMs = 1_000;
/** Phones that have to move come to the other edges within this time, not all in one moment. */
const moveMs = 5_000;
const moveStepMs = 50;

/** Whether a flow is a peer's connection, which ends, and not a pinhole or a stream between parts of the platform. */
export function isConnection(flow: Flow): boolean {
  return flow.reliable && flow.transport !== 'SIPLINK';
}

/**
 * The connections over which phones have registered with this edge. When one closes location is told, so that nobody is sent to a phone that has
 * hung up; a phone that has come back over another flow keeps that one, since the flow is compared. When phones have to move they are
 * closed, spread over some seconds.
 */
export class RegisteredFlows {
  readonly counters: RegisteredFlowCounters = { unbound: 0, forgotten: 0, moved: 0 };
  readonly #options: RegisteredFlowsOptions;
  readonly #flows = new Map<number, Registered>();
  readonly #waiting: location.UnbindRequest[] = [];
  #underWay = 0;
  #retry: NodeJS.Timeout | undefined;
  #moving: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: RegisteredFlowsOptions) {
    this.#options = options;
  }

  /** Connections with a registration. */
  get size(): number {
    return this.#flows.size;
  }

  /** Closed ones that location doesn't know of yet. */
  get waiting(): number {
    return this.#waiting.length + this.#underWay;
  }

  /** A registration over this flow was acknowledged. `device` is what it binds, by instance or contact; undefined where it isn't one device. */
  registered(flow: Flow, tenantId: string, addressOfRecord: string, device?: string): void {
    if (!isConnection(flow)) return;
    const address = `${tenantId}\n${addressOfRecord}`;
    const known = this.#flows.get(flow.id) ?? { flow, devices: new Map() };
    if (device === undefined) known.devices.set(address, known.devices.get(address));
    else if (known.devices.get(address) !== device) known.devices.set(address, ownString(device));
    // It has closed while the registration was under way: the binding is already wrong.
    if (flow.closed) this.#gone(known);
    else this.#flows.set(flow.id, known);
  }

  /** The device of an address of record that has last registered over this connection; undefined where that isn't known. */
  deviceOver(flow: Flow, tenantId: string, addressOfRecord: string): string | undefined {
    if (!isConnection(flow)) return undefined;
    return this.#flows.get(flow.id)?.devices.get(`${tenantId}\n${addressOfRecord}`);
  }

  /** A flow has closed. */
  closed(flow: Flow): void {
    const known = this.#flows.get(flow.id);
    if (known === undefined) return;
    this.#flows.delete(flow.id);
    this.#gone(known);
  }

  /** Closes those that are there now, so that their phones connect elsewhere. */
  move(): void {
    const flows = [...this.#flows.values()].map(({ flow }) => flow);
    const perStep = Math.ceil((flows.length * moveStepMs) / moveMs);
    const step = (): void => {
      for (const flow of flows.splice(0, perStep)) {
        if (flow.closed) continue;
        this.counters.moved += 1;
        flow.close();
      }
      this.#moving = flows.length === 0 ? undefined : setTimeout(step, moveStepMs);
    };
    this.stay();
    step();
  }

  /** Leaves those open that `move` hasn't come to. */
  stay(): void {
    clearTimeout(this.#moving);
    this.#moving = undefined;
  }

  /** From now on closing is everybody's: location is told at once that the edge leaves. */
  stop(): void {
    this.#stopped = true;
    this.stay();
    clearTimeout(this.#retry);
    this.#waiting.length = 0;
  }

  #gone({ flow, devices }: Registered): void {
    if (this.#stopped) return;
    const { id: edgeId, incarnation } = this.#options.edge;
    const token = flowToken({ kind: 'connection', transport: flow.transport, id: flow.id });
    for (const address of devices.keys()) {
      const at = address.indexOf('\n');
      const tenantId = address.slice(0, at);
      const addressOfRecord = address.slice(at + 1);
      if (this.#waiting.length >= maxWaiting) this.counters.forgotten += 1;
      else this.#waiting.push({ tenantId, addressOfRecord, bindingKey: '', flowToken: token, edgeId, incarnation });
    }
    this.#tell();
  }

  #tell(): void {
    while (this.#retry === undefined && this.#underWay < maxUnderWay) {
      const next = this.#waiting.pop();
      if (next === undefined) return;
      void this.#unbind(next);
    }
  }

  async #unbind(request: location.UnbindRequest): Promise<void> {
    const { unbind, timeoutMs, failed, succeeded } = this.#options;
    this.#underWay += 1;
    try {
      await unbind(request, { timeoutMs });
      succeeded();
      this.counters.unbound += 1;
    } catch (error) {
      failed(error);
      if (!this.#stopped) this.#waiting.push(request);
      this.#retry ??= setTimeout(() => {
        this.#retry = undefined;
        if (!this.#stopped) this.#tell();
      }, retryMs).unref();
    }
    this.#underWay -= 1;
    if (!this.#stopped) this.#tell();
  }
}
