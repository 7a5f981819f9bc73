import { describe, expect, it } from 'vitest';
import type { NonInviteClientTransaction } from './non-invite-client-transaction.js';
import { gaps, type MachineUnderTest, play, rows } from './testing/machine-table.js';
import { request, response } from './testing/sip-text.js';
import { type TestFlow, TransactionRig } from './testing/transaction-rig.js';

type Machine = NonInviteClientTransaction<TestFlow>;

const bye = request({ method: 'BYE', toTag: 'a6c85cf' });

function start(rig: TransactionRig): Machine {
  return rig.layer.startClient(rig.now, bye, rig.flow) as Machine;
}
function receive(statusCode: number) {
  return (rig: TransactionRig, transaction: Machine): void => {
    transaction.receiveResponse(rig.now, response(bye, statusCode));
  };
}
function after(statusCode: number) {
  return (rig: TransactionRig): Machine => {
    const transaction = start(rig);
    receive(statusCode)(rig, transaction);
    return transaction;
  };
}

const inputs: MachineUnderTest<Machine>['inputs'] = {
  '100': receive(100),
  '183': receive(183),
  '200': receive(200),
  '302': receive(302),
  '481': receive(481),
  '603': receive(603),
  transportFailed: (rig, transaction) => rig.layer.transportFailed(rig.now, transaction),
  flowClosed: (_rig, transaction) => transaction.flowClosed(),
  abandon: (rig, transaction) => void rig.layer.abandon(rig.now, transaction),
};

const unreliable: MachineUnderTest<Machine> = {
  inputs,
  into: {
    trying: start,
    proceeding: after(100),
    completed: after(200),
    terminated: (rig) => {
      const transaction = start(rig);
      rig.layer.abandon(rig.now, transaction);
      return transaction;
    },
  },
};
// RFC 3261 §17.1.2.2: timer K is zero on a reliable transport, so that no event can find the machine in Completed.
const { completed: _, ...reliableStates } = unreliable.into;
const reliable: MachineUnderTest<Machine> = { inputs, into: reliableStates };

const TERMINATED = `
  terminated | 100 | terminated | |
  terminated | 183 | terminated | |
  terminated | 200 | terminated | |
  terminated | 302 | terminated | |
  terminated | 481 | terminated | |
  terminated | 603 | terminated | |
  terminated | transportFailed | terminated | |
  terminated | flowClosed | terminated | |
  terminated | abandon | terminated | |
`;

const UNRELIABLE = rows(`
  trying | 100 | proceeding | response 100 | E 500, F 32000
  trying | 183 | proceeding | response 183 | E 500, F 32000
  trying | 200 | completed | response 200 | K 5000
  trying | 302 | completed | response 302 | K 5000
  trying | 481 | completed | response 481 | K 5000
  trying | 603 | completed | response 603 | K 5000
  trying | timer E | trying | send BYE | E 1000, F 31500
  trying | timer F | terminated | send BYE, send BYE, send BYE, send BYE, send BYE, send BYE, send BYE, send BYE, send BYE, send BYE, timeout, terminated |
  trying | transportFailed | terminated | transportError, terminated |
  trying | flowClosed | terminated | transportError, terminated |
  trying | abandon | terminated | terminated |

  proceeding | 100 | proceeding | response 100 | E 500, F 32000
  proceeding | 183 | proceeding | response 183 | E 500, F 32000
  proceeding | 200 | completed | response 200 | K 5000
  proceeding | 302 | completed | response 302 | K 5000
  proceeding | 481 | completed | response 481 | K 5000
  proceeding | 603 | completed | response 603 | K 5000
  proceeding | timer E | proceeding | send BYE | E 4000, F 31500
  proceeding | timer F | terminated | send BYE, send BYE, send BYE, send BYE, send BYE, send BYE, send BYE, send BYE, timeout, terminated |
  proceeding | transportFailed | terminated | transportError, terminated |
  proceeding | flowClosed | terminated | transportError, terminated |
  proceeding | abandon | terminated | terminated |

  completed | 100 | completed | | K 5000
  completed | 183 | completed | | K 5000
  completed | 200 | completed | | K 5000
  completed | 302 | completed | | K 5000
  completed | 481 | completed | | K 5000
  completed | 603 | completed | | K 5000
  completed | timer K | terminated | terminated |
  completed | transportFailed | completed | | K 5000
  completed | flowClosed | completed | | K 5000
  completed | abandon | completed | | K 5000
  ${TERMINATED}
`);

const RELIABLE = rows(`
  trying | 100 | proceeding | response 100 | F 32000
  trying | 183 | proceeding | response 183 | F 32000
  trying | 200 | terminated | response 200, terminated |
  trying | 302 | terminated | response 302, terminated |
  trying | 481 | terminated | response 481, terminated |
  trying | 603 | terminated | response 603, terminated |
  trying | timer F | terminated | timeout, terminated |
  trying | transportFailed | terminated | transportError, terminated |
  trying | flowClosed | terminated | transportError, terminated |
  trying | abandon | terminated | terminated |

  proceeding | 100 | proceeding | response 100 | F 32000
  proceeding | 183 | proceeding | response 183 | F 32000
  proceeding | 200 | terminated | response 200, terminated |
  proceeding | 302 | terminated | response 302, terminated |
  proceeding | 481 | terminated | response 481, terminated |
  proceeding | 603 | terminated | response 603, terminated |
  proceeding | timer F | terminated | timeout, terminated |
  proceeding | transportFailed | terminated | transportError, terminated |
  proceeding | flowClosed | terminated | transportError, terminated |
  proceeding | abandon | terminated | terminated |
  ${TERMINATED}
`);

describe.each([
  { transport: 'an unreliable transport', isReliable: false, table: UNRELIABLE, machine: unreliable },
  { transport: 'a reliable transport', isReliable: true, table: RELIABLE, machine: reliable },
])('non-INVITE client transaction on $transport (RFC 3261 figure 6)', ({ isReliable, table, machine }) => {
  it.each(table)('$from: $on → $to', (row) => {
    expect(play(row, machine, new TransactionRig(isReliable))).toEqual(row);
  });

  it('has every state with every input in the table', () => {
    expect(gaps(table, machine, () => new TransactionRig(isReliable))).toEqual([]);
  });
});

describe('non-INVITE client transaction', () => {
  it.each([
    { provisionalAtMs: undefined, sendsAtMs: [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500] },
    { provisionalAtMs: 700, sendsAtMs: [0, 500, 1500, 5500, 9500, 13500, 17500, 21500, 25500, 29500] },
  ])(
    'sends at $sendsAtMs ms, and in all cases gives up at 32000 (a 100 at: $provisionalAtMs)',
    ({ provisionalAtMs, sendsAtMs }) => {
      const rig = new TransactionRig(false);
      const startedAt = rig.now;
      const transaction = start(rig);
      const sent: number[] = [];
      const others: string[] = [];
      for (let elapsedMs = 0; elapsedMs <= 40_000; elapsedMs += 100) {
        if (elapsedMs === provisionalAtMs) receive(100)(rig, transaction);
        for (const effect of rig.take()) {
          if (effect === 'send BYE') sent.push(rig.now - startedAt);
          else others.push(`${effect} at ${rig.now - startedAt}`);
        }
        rig.pass(100);
      }
      expect(sent).toEqual(sendsAtMs);
      expect(others).toEqual([
        ...(provisionalAtMs === undefined ? [] : [`response 100 at ${provisionalAtMs}`]),
        'timeout at 32000',
        'terminated at 32000',
      ]);
      expect(rig.wheel.size).toBe(0);
      expect(rig.layer.size.nonInviteClient).toBe(0);
    },
  );
});
