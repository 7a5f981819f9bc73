import { describe, expect, it } from 'vitest';
import type { InviteServerTransaction } from './invite-server-transaction.js';
import { gaps, type MachineUnderTest, play, rows } from './testing/machine-table.js';
import { request, responseText } from './testing/sip-text.js';
import { type TestFlow, TransactionRig } from './testing/transaction-rig.js';

type Machine = InviteServerTransaction<TestFlow>;

const invite = request();
const ack = request({ method: 'ACK', toTag: 'a6c85cf' });

function start(rig: TransactionRig): Machine {
  rig.layer.receive(rig.now, invite, rig.flow);
  const effect = rig.effects.at(-1);
  if (effect?.type !== 'request' || effect.transaction.kind !== 'invite-server') throw new Error('no new transaction');
  return effect.transaction;
}
function respond(statusCode: number) {
  return (rig: TransactionRig, transaction: Machine): void => {
    rig.layer.respond(rig.now, transaction, statusCode, responseText(invite, statusCode));
  };
}
function after(...statusCodes: number[]) {
  return (rig: TransactionRig): Machine => {
    const transaction = start(rig);
    for (const statusCode of statusCodes) respond(statusCode)(rig, transaction);
    return transaction;
  };
}

const inputs: MachineUnderTest<Machine>['inputs'] = {
  INVITE: (_rig, transaction) => transaction.receiveInvite(),
  ACK: (rig, transaction) => {
    if (transaction.receiveAck(rig.now)) rig.effects.push({ type: 'ack', request: ack, flow: rig.flow, transaction });
  },
  'TU 100': respond(100),
  'TU 183': respond(183),
  'TU 200': respond(200),
  'TU 302': respond(302),
  'TU 486': respond(486),
  'TU 603': respond(603),
  transportFailed: (rig, transaction) => rig.layer.transportFailed(rig.now, transaction),
  dismiss: (_rig, transaction) => void transaction.dismiss(),
};

const unreliable: MachineUnderTest<Machine> = {
  inputs,
  into: {
    proceeding: after(180),
    accepted: after(180, 200),
    completed: after(180, 486),
    confirmed: (rig) => {
      const transaction = after(486)(rig);
      rig.layer.receive(rig.now, ack, rig.flow);
      return transaction;
    },
    terminated: (rig) => {
      const transaction = after(200)(rig);
      rig.passUntil('L');
      return transaction;
    },
  },
};
// RFC 3261 §17.2.1: timer I is zero on a reliable transport, so that no event can find the machine in Confirmed.
const { confirmed: _, ...reliableStates } = unreliable.into;
const reliable: MachineUnderTest<Machine> = { inputs, into: reliableStates };
/** Proceeding before the TU has said anything. */
const unanswered: MachineUnderTest<Machine> = { inputs, into: { proceeding: start } };

const ACCEPTED_AND_TERMINATED = `
  accepted | INVITE | accepted | | L 32000
  accepted | ACK | accepted | ack ACK | L 32000
  accepted | TU 100 | accepted | | L 32000
  accepted | TU 183 | accepted | | L 32000
  accepted | TU 200 | accepted | send 200 | L 32000
  accepted | TU 302 | accepted | | L 32000
  accepted | TU 486 | accepted | | L 32000
  accepted | TU 603 | accepted | | L 32000
  accepted | timer L | terminated | terminated |
  accepted | transportFailed | accepted | transportError | L 32000
  accepted | dismiss | accepted | | L 32000

  terminated | INVITE | terminated | |
  terminated | ACK | terminated | |
  terminated | TU 100 | terminated | |
  terminated | TU 183 | terminated | |
  terminated | TU 200 | terminated | |
  terminated | TU 302 | terminated | |
  terminated | TU 486 | terminated | |
  terminated | TU 603 | terminated | |
  terminated | transportFailed | terminated | |
  terminated | dismiss | terminated | |
`;

const UNRELIABLE = rows(`
  proceeding | INVITE | proceeding | send 180 |
  proceeding | ACK | proceeding | |
  proceeding | TU 100 | proceeding | send 100 |
  proceeding | TU 183 | proceeding | send 183 |
  proceeding | TU 200 | accepted | send 200 | L 32000
  proceeding | TU 302 | completed | send 302 | G 500, H 32000
  proceeding | TU 486 | completed | send 486 | G 500, H 32000
  proceeding | TU 603 | completed | send 603 | G 500, H 32000
  proceeding | transportFailed | proceeding | transportError |
  proceeding | dismiss | proceeding | |

  completed | INVITE | completed | send 486 | G 500, H 32000
  completed | ACK | confirmed | | I 5000
  completed | TU 100 | completed | | G 500, H 32000
  completed | TU 183 | completed | | G 500, H 32000
  completed | TU 200 | completed | | G 500, H 32000
  completed | TU 302 | completed | | G 500, H 32000
  completed | TU 486 | completed | | G 500, H 32000
  completed | TU 603 | completed | | G 500, H 32000
  completed | timer G | completed | send 486 | G 1000, H 31500
  completed | timer H | terminated | send 486, send 486, send 486, send 486, send 486, send 486, send 486, send 486, send 486, send 486, ackTimeout, terminated |
  completed | transportFailed | completed | transportError | G 500, H 32000
  completed | dismiss | completed | | G 500, H 32000

  confirmed | INVITE | confirmed | | I 5000
  confirmed | ACK | confirmed | | I 5000
  confirmed | TU 100 | confirmed | | I 5000
  confirmed | TU 183 | confirmed | | I 5000
  confirmed | TU 200 | confirmed | | I 5000
  confirmed | TU 302 | confirmed | | I 5000
  confirmed | TU 486 | confirmed | | I 5000
  confirmed | TU 603 | confirmed | | I 5000
  confirmed | timer I | terminated | terminated |
  confirmed | transportFailed | confirmed | | I 5000
  confirmed | dismiss | confirmed | | I 5000
  ${ACCEPTED_AND_TERMINATED}
`);

const RELIABLE = rows(`
  proceeding | INVITE | proceeding | send 180 |
  proceeding | ACK | proceeding | |
  proceeding | TU 100 | proceeding | send 100 |
  proceeding | TU 183 | proceeding | send 183 |
  proceeding | TU 200 | accepted | send 200 | L 32000
  proceeding | TU 302 | completed | send 302 | H 32000
  proceeding | TU 486 | completed | send 486 | H 32000
  proceeding | TU 603 | completed | send 603 | H 32000
  proceeding | transportFailed | proceeding | transportError |
  proceeding | dismiss | proceeding | |

  completed | INVITE | completed | send 486 | H 32000
  completed | ACK | terminated | terminated |
  completed | TU 100 | completed | | H 32000
  completed | TU 183 | completed | | H 32000
  completed | TU 200 | completed | | H 32000
  completed | TU 302 | completed | | H 32000
  completed | TU 486 | completed | | H 32000
  completed | TU 603 | completed | | H 32000
  completed | timer H | terminated | ackTimeout, terminated |
  completed | transportFailed | completed | transportError | H 32000
  completed | dismiss | completed | | H 32000
  ${ACCEPTED_AND_TERMINATED}
`);

const UNANSWERED = rows(`
  proceeding | INVITE | proceeding | | Trying 150
  proceeding | ACK | proceeding | | Trying 150
  proceeding | TU 100 | proceeding | send 100 |
  proceeding | TU 183 | proceeding | send 183 |
  proceeding | TU 200 | accepted | send 200 | L 32000
  proceeding | TU 302 | completed | send 302 | G 500, H 32000
  proceeding | TU 486 | completed | send 486 | G 500, H 32000
  proceeding | TU 603 | completed | send 603 | G 500, H 32000
  proceeding | timer Trying | proceeding | send 100 |
  proceeding | transportFailed | proceeding | | Trying 150
  proceeding | dismiss | terminated | terminated |
`);

describe.each([
  { transport: 'an unreliable transport', isReliable: false, table: UNRELIABLE, machine: unreliable },
  { transport: 'a reliable transport', isReliable: true, table: RELIABLE, machine: reliable },
  {
    transport: 'an unreliable transport, its TU silent so far',
    isReliable: false,
    table: UNANSWERED,
    machine: unanswered,
  },
])(
  'INVITE server transaction on $transport (RFC 3261 figure 7, RFC 6026 figure 7)',
  ({ isReliable, table, machine }) => {
    it.each(table)('$from: $on → $to', (row) => {
      expect(play(row, machine, new TransactionRig(isReliable))).toEqual(row);
    });

    it('has every state with every input in the table', () => {
      expect(gaps(table, machine, () => new TransactionRig(isReliable))).toEqual([]);
    });
  },
);

describe('INVITE server transaction', () => {
  it('repeats an unacknowledged final response at timer G, capped at T2, until timer H', () => {
    const rig = new TransactionRig(false);
    const startedAt = rig.now;
    after(486)(rig);
    const sent: number[] = [];
    for (let elapsedMs = 0; elapsedMs <= 40_000; elapsedMs += 100) {
      for (const effect of rig.take()) if (effect === 'send 486') sent.push(rig.now - startedAt);
      rig.pass(100);
    }
    expect(sent).toEqual([0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]);
    expect(rig.wheel.size).toBe(0);
    expect(rig.layer.size.inviteServer).toBe(0);
  });

  it('repeats its own 100 when the INVITE is repeated, and the TU’s latest provisional response once there is one', () => {
    const rig = new TransactionRig(false);
    const transaction = start(rig);
    rig.pass(150);
    rig.layer.receive(rig.now, invite, rig.flow);
    respond(183)(rig, transaction);
    rig.layer.receive(rig.now, invite, rig.flow);
    expect(rig.take()).toEqual(['request INVITE', 'send 100', 'send 100', 'send 183', 'send 183']);
  });

  it.each([
    { state: 'proceeding', statusCode: 180, result: 'sent' },
    { state: 'accepted', statusCode: 180, result: 'ignored-accepted' },
    { state: 'accepted', statusCode: 486, result: 'ignored-accepted' },
    { state: 'accepted', statusCode: 200, result: 'sent' },
    { state: 'completed', statusCode: 200, result: 'ignored-completed' },
    { state: 'confirmed', statusCode: 200, result: 'ignored-confirmed' },
    { state: 'terminated', statusCode: 200, result: 'ignored-terminated' },
  ])('tells a TU that responds $statusCode in $state: $result', ({ state, statusCode, result }) => {
    const rig = new TransactionRig(false);
    const transaction = (unreliable.into[state] as (rig: TransactionRig) => Machine)(rig);
    expect(rig.layer.respond(rig.now, transaction, statusCode, responseText(invite, statusCode))).toBe(result);
  });

  it.each(['accepted', 'confirmed', 'terminated'])('keeps no response in %s', (state) => {
    const rig = new TransactionRig(false);
    expect((unreliable.into[state] as (rig: TransactionRig) => Machine)(rig).lastResponse).toBeUndefined();
  });
});
