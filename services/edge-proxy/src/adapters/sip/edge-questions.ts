import type { edge } from '@ringdown/contracts';
import type { HandedRequest, MisplacedRequest } from './neighbours.js';

interface Question {
  readonly request: MisplacedRequest | HandedRequest;
  readonly answered: (taken: boolean) => void;
}

const timeoutMs = 100;
const maxBatch = 256;

/** Questions to one edge: those of one turn of the event loop, and those that come while an answer is waited for, go together. */
export class EdgeQuestions {
  readonly #self: string;
  readonly #service: Pick<edge.EdgeService, 'takeRequests'>;
  #waiting: Question[] = [];
  #underWay = 0;

  constructor(self: string, service: Pick<edge.EdgeService, 'takeRequests'>) {
    this.#self = self;
    this.#service = service;
  }

  /** `answered` is called once; false also when the edge doesn't answer in time. */
  ask(request: MisplacedRequest | HandedRequest, answered: (taken: boolean) => void): void {
    this.#waiting.push({ request, answered });
    if (this.#waiting.length > 1) return;
    if (this.#underWay === 0) setImmediate(() => this.#send());
    // An edge that hangs must not hold up what is asked meanwhile for longer than that is worth.
    else setTimeout(() => this.#send(), gatherMs).unref();
  }

  #send(): void {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, maxBatch);
      this.#waiting = this.#waiting.slice(maxBatch);
      void this.#sendBatch(batch);
    }
  }

  async #sendBatch(batch: readonly Question[]): Promise<void> {
    this.#underWay += 1;
    const requests = batch.map(({ request }) => toWire(request));
    const taken = await this.#service.takeRequests({ edgeId: this.#self, requests }, { timeoutMs }).then(
      (response) => response.taken,
      () => [],
    );
    this.#underWay -= 1;
    for (const [index, { answered }] of batch.entries()) answered(taken[index] ?? false);
  }
}

/** Short beside the time that an answer may take, and long enough to gather under load. */
const gatherMs = 5;

function toWire(request: MisplacedRequest | HandedRequest): edge.MisplacedRequest {
  switch (request.kind) {
    case 'invite':
      return { request: { $case: 'inviteKey', value: request.key } };
    case 'sip':
      return { request: { $case: 'sip', value: Buffer.from(request.raw, 'latin1') } };
    case 'handed': {
      const { host, port } = request.source;
      const sip = Buffer.from(request.raw, 'latin1');
      const value = { sip, sourceHost: host, sourcePort: port, listener: request.listener ?? '' };
      return { request: { $case: 'handed', value } };
    }
  }
}

/** What another edge offers; undefined for what this version doesn't know. */
export function fromWire({ request }: edge.MisplacedRequest): MisplacedRequest | HandedRequest | undefined {
  switch (request?.$case) {
    case 'inviteKey':
      return { kind: 'invite', key: request.value };
    case 'sip':
      return { kind: 'sip', raw: request.value.toString('latin1') };
    case 'handed': {
      const { sip, sourceHost: host, sourcePort: port, listener } = request.value;
      const source = { host, port };
      return { kind: 'handed', raw: sip.toString('latin1'), source, listener: listener === '' ? undefined : listener };
    }
    default:
      return undefined;
  }
}
