import { describe, expect, it } from 'vitest';
import type { NonInviteServerTransaction } from './non-invite-server-transaction.js';
import { gaps, type MachineUnderTest, play, rows } from './testing/machine-table.js';
import { request, responseText } from './testing/sip-text.js';
import { type TestFlow, TransactionRig } from './testing/transaction-rig.js';

type Machine = NonInviteServerTransaction<TestFlow>;

const options = request({ method: 'OPTIONS' });

function start(rig: TransactionRig): Machine {
  rig.layer.receive(rig.now, options, rig.flow);
  const effect = rig.effects.at(-1);
  if (effect?.type !== 'request' || effect.transaction.kind !== 'non-invite-server')
    throw new Error('no new transaction');
  return effect.transaction;
}
function respond(statusCode: number) {
  return (rig: TransactionRig, transaction: Machine): void => {
    rig.layer.respond(rig.now, transaction, statusCode, responseText(options, statusCode));
  };
}
function completed(rig: TransactionRig): Machine {
  const transaction = start(rig);
  respond(200)(rig, transaction);
  return transaction;
}

const inputs: MachineUnderTest<Machine>['inputs'] = {
  OPTIONS: (_rig, transaction) => transaction.receiveRetransmission(),
  'TU 100': respond(100),
  'TU 183': respond(183),
  'TU 200': respond(200),
  'TU 302': respond(302),
  'TU 408': respond(408),
  'TU 481': respond(481),
  'TU 603': respond(603),
  transportFailed: (rig, transaction) => rig.layer.transportFailed(rig.now, transaction),
};

const unreliable: MachineUnderTest<Machine> = {
  inputs,
  into: {
    trying: start,
    proceeding: (rig) => {
      const transaction = start(rig);
      rig.passUntil('Trying');
      return transaction;
    },
    completed,
    terminated: (rig) => {
      const transaction = completed(rig);
      rig.passUntil('J');
      return transaction;
    },
  },
};
const reliable: MachineUnderTest<Machine> = {
  inputs,
  // RFC 3261 §17.2.2: timer J is zero on a reliable transport, so that no event can find the machine in Completed.
  into: {
    trying: start,
    proceeding: (rig) => {
      const transaction = start(rig);
      respond(100)(rig, transaction);
      return transaction;
    },
    terminated: completed,
  },
};

const TERMINATED = `
  terminated | OPTIONS | terminated | |
  terminated | TU 100 | terminated | |
  terminated | TU 183 | terminated | |
  terminated | TU 200 | terminated | |
  terminated | TU 302 | terminated | |
  terminated | TU 408 | terminated | |
  terminated | TU 481 | terminated | |
  terminated | TU 603 | terminated | |
  terminated | transportFailed | terminated | |
`;

const UNRELIABLE = rows(`
  trying | OPTIONS | trying | | Trying 3500
  trying | TU 100 | trying | | Trying 3500
  trying | TU 183 | trying | | Trying 3500
  trying | TU 200 | completed | send 200 | J 32000
  trying | TU 302 | completed | send 302 | J 32000
  trying | TU 408 | trying | | Trying 3500
  trying | TU 481 | completed | send 481 | J 32000
  trying | TU 603 | completed | send 603 | J 32000
  trying | timer Trying | proceeding | send 100 | Unanswered 28500
  trying | transportFailed | trying | | Trying 3500

  proceeding | OPTIONS | proceeding | send 100 | Unanswered 28500
  proceeding | TU 100 | proceeding | send 100 | Unanswered 28500
  proceeding | TU 183 | proceeding | | Unanswered 28500
  proceeding | TU 200 | completed | send 200 | J 32000
  proceeding | TU 302 | completed | send 302 | J 32000
  proceeding | TU 408 | proceeding | | Unanswered 28500
  proceeding | TU 481 | completed | send 481 | J 32000
  proceeding | TU 603 | completed | send 603 | J 32000
  proceeding | timer Unanswered | terminated | terminated |
  proceeding | transportFailed | proceeding | transportError | Unanswered 28500

  completed | OPTIONS | completed | send 200 | J 32000
  completed | TU 100 | completed | | J 32000
  completed | TU 183 | completed | | J 32000
  completed | TU 200 | completed | | J 32000
  completed | TU 302 | completed | | J 32000
  completed | TU 408 | completed | | J 32000
  completed | TU 481 | completed | | J 32000
  completed | TU 603 | completed | | J 32000
  completed | timer J | terminated | terminated |
  completed | transportFailed | completed | transportError | J 32000
  ${TERMINATED}
`);

const RELIABLE = rows(`
  trying | OPTIONS | trying | | Trying 3500
  trying | TU 100 | proceeding | send 100 | Unanswered 32000
  trying | TU 183 | trying | | Trying 3500
  trying | TU 200 | terminated | send 200, terminated |
  trying | TU 302 | terminated | send 302, terminated |
  trying | TU 408 | trying | | Trying 3500
  trying | TU 481 | terminated | send 481, terminated |
  trying | TU 603 | terminated | send 603, terminated |
  trying | timer Trying | proceeding | send 100 | Unanswered 28500
  trying | transportFailed | trying | | Trying 3500

  proceeding | OPTIONS | proceeding | send 100 | Unanswered 32000
  proceeding | TU 100 | proceeding | send 100 | Unanswered 32000
  proceeding | TU 183 | proceeding | | Unanswered 32000
  proceeding | TU 200 | terminated | send 200, terminated |
  proceeding | TU 302 | terminated | send 302, terminated |
  proceeding | TU 408 | proceeding | | Unanswered 32000
  proceeding | TU 481 | terminated | send 481, terminated |
  proceeding | TU 603 | terminated | send 603, terminated |
  proceeding | timer Unanswered | terminated | terminated |
  proceeding | transportFailed | proceeding | transportError | Unanswered 32000
  ${TERMINATED}
`);

describe.each([
  { transport: 'an unreliable transport', isReliable: false, table: UNRELIABLE, machine: unreliable },
  { transport: 'a reliable transport', isReliable: true, table: RELIABLE, machine: reliable },
])('non-INVITE server transaction on $transport (RFC 3261 figure 8, RFC 4320)', ({ isReliable, table, machine }) => {
  it.each(table)('$from: $on → $to', (row) => {
    expect(play(row, machine, new TransactionRig(isReliable))).toEqual(row);
  });

  it('has every state with every input in the table', () => {
    expect(gaps(table, machine, () => new TransactionRig(isReliable))).toEqual([]);
  });
});

describe('non-INVITE server transaction', () => {
  it.each([
    { isReliable: false, state: 'trying', statusCode: 100, result: 'ignored-early-100' },
    { isReliable: true, state: 'trying', statusCode: 100, result: 'sent' },
    { isReliable: false, state: 'proceeding', statusCode: 100, result: 'sent' },
    { isReliable: false, state: 'trying', statusCode: 180, result: 'ignored-provisional-to-non-invite' },
    { isReliable: true, state: 'trying', statusCode: 180, result: 'ignored-provisional-to-non-invite' },
    { isReliable: false, state: 'trying', statusCode: 408, result: 'ignored-408-to-non-invite' },
    { isReliable: true, state: 'proceeding', statusCode: 408, result: 'ignored-408-to-non-invite' },
    { isReliable: false, state: 'completed', statusCode: 200, result: 'ignored-completed' },
    { isReliable: false, state: 'terminated', statusCode: 200, result: 'ignored-terminated' },
  ])(
    'tells a TU that responds $statusCode in $state: $result (reliable: $isReliable)',
    ({ isReliable, state, statusCode, result }) => {
      const rig = new TransactionRig(isReliable);
      const machine = isReliable ? reliable : unreliable;
      const transaction = (machine.into[state] as (rig: TransactionRig) => Machine)(rig);
      expect(rig.layer.respond(rig.now, transaction, statusCode, responseText(options, statusCode))).toBe(result);
    },
  );

  it('says nothing more once the client’s timer F has run out (RFC 4320 §4.2)', () => {
    const rig = new TransactionRig(false);
    const transaction = start(rig);
    rig.pass(32_000);
    expect(rig.take()).toEqual(['request OPTIONS', 'send 100', 'terminated']);
    expect(rig.layer.respond(rig.now, transaction, 200, responseText(options, 200))).toBe('ignored-terminated');
    expect(rig.take()).toEqual([]);
    expect(rig.layer.size.nonInviteServer).toBe(0);
    expect(rig.wheel.size).toBe(0);
  });
});
