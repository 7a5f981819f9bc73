import type { Transaction } from '@ringdown/sip-transaction';
import type { Flow, HostPort, TransportEvents } from '@ringdown/sip-transport';
import { BranchSource } from '../branch-source.js';
import { SipStack } from '../sip-stack.js';
import type { ManualClock } from './manual-clock.js';
import type { MemoryNetwork, MemoryPort } from './memory-network.js';
import { RecordedUser } from './recorded-user.js';

/** A stack with a recorded user on a port of a MemoryNetwork. */
export interface MemoryElement {
  readonly stack: SipStack;
  readonly user: RecordedUser;
  readonly port: MemoryPort;
  readonly bugs: unknown[];
  /** What the observer was told. */
  readonly observed: string[];
  /** Which final responses its observer was told of. */
  readonly answers: string[];
  /** What the tap saw: the way, the port of the other side, and the first line. */
  readonly tapped: string[];
}

/** What a test's elements share. */
export interface MemoryWorld {
  readonly clock: ManualClock;
  readonly network: MemoryNetwork;
}

export function memoryElement(world: MemoryWorld, name: string, address: HostPort, reliable = false): MemoryElement {
  const user = new RecordedUser();
  const bugs: unknown[] = [];
  const observed: string[] = [];
  const answers: string[] = [];
  const tapped: string[] = [];
  const tap =
    (way: string) =>
    (raw: string, { remote }: Flow): void =>
      void tapped.push(`${way} ${remote.port} ${raw.split('\r\n', 1)[0]}`);
  const kindOf = (transaction: Transaction<Flow>): string => `${transaction.kind} ${transaction.request.method}`;
  const stack = new SipStack({
    user: () => user,
    branches: new BranchSource({ edge: name, incarnation: 'test' }),
    clock: world.clock,
    alarm: world.clock.alarm(),
    observer: {
      transactionStarted: (transaction) => observed.push(`started ${kindOf(transaction)}`),
      answered: (transaction, statusCode) => answers.push(`${transaction.method} ${statusCode}`),
      transactionEnded: (transaction) => observed.push(`ended ${kindOf(transaction)}`),
    },
    tap: { received: tap('from'), sent: tap('to') },
    onBug: (error) => bugs.push(error),
  });
  const port = world.network.port(address, stack.events, reliable);
  stack.addPort(reliable ? 'TCP' : 'UDP', port);
  return { stack, user, port, bugs, observed, answers, tapped };
}

/** A phone that is no stack: it only keeps what it gets. */
export function memoryPhone(
  world: MemoryWorld,
  address: HostPort,
  reliable = false,
): { readonly got: string[]; readonly port: MemoryPort } {
  const got: string[] = [];
  const ignore = (): void => {};
  const events: TransportEvents = {
    message: (raw) => got.push(raw),
    malformed: ignore,
    flowClosed: ignore,
    sendFailed: ignore,
  };
  return { got, port: world.network.port(address, events, reliable) };
}
