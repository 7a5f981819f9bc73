import { randomBytes, randomInt } from 'node:crypto';
import type { Logger } from '@ringdown/platform';
import { Header } from '@ringdown/sip-message';
import { BranchSource, SipStack, UserAgentServer } from '@ringdown/sip-runtime';
import { type HostPort, SipLinkAcceptor } from '@ringdown/sip-transport';

export interface ConferenceFocusRuntimeOptions {
  /** Names this pod towards edges; calls under way name it too. */
  readonly focusId: string;
  readonly logger: Logger;
  /** The address that SipLink flows name as their local one. */
  readonly local: HostPort;
}

/** One pod of the focus behind SipLink. */
export class ConferenceFocusRuntime {
  /** Where edges connect: in the same process, or through a gRPC server (`serveSipLink`). */
  readonly acceptor: SipLinkAcceptor;
  readonly stack: SipStack;
  /** Which life of this pod: what an earlier one had is gone. */
  readonly incarnation = randomBytes(5).toString('hex');

  constructor({ focusId, logger, local }: ConferenceFocusRuntimeOptions) {
    const self = { name: focusId, incarnation: this.incarnation };
    const onBug = (error: unknown): void => logger.error('a bug in handling a message', { error });
    this.stack = new SipStack({
      branches: new BranchSource({ edge: focusId, incarnation: this.incarnation }),
      onBug,
      user: (stack) =>
        new UserAgentServer(stack, {
          methods: {
            INVITE: (_request, _ingress, reply) =>
              void reply(503, { headers: [[Header.RetryAfter, String(randomInt(3, 11))]] }),
          },
          onBug,
        }),
    });
    this.acceptor = new SipLinkAcceptor({ events: this.stack.events, local, self });
  }

  /** Sends the edges to others; resolves when what was on its way has most likely come. */
  async drain(): Promise<void> {
    await this.acceptor.drain();
  }

  /** Ends every stream after what is queued. */
  stop(): void {
    this.acceptor.close();
    this.stack.close();
  }
}
