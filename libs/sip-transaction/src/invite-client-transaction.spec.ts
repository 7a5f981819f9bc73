import { parseMessage } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import type { InviteClientTransaction } from './invite-client-transaction.js';
import { gaps, type MachineUnderTest, play, rows } from './testing/machine-table.js';
import { request, response } from './testing/sip-text.js';
import { type TestFlow, TransactionRig } from './testing/transaction-rig.js';

type Machine = InviteClientTransaction<TestFlow>;

const invite = request();

function start(rig: TransactionRig): Machine {
  return rig.layer.startClient(rig.now, invite, rig.flow) as Machine;
}
function receive(statusCode: number, toTag?: string) {
  return (rig: TransactionRig, transaction: Machine): void => {
    // Past the tables, so that a terminated machine too is asked.
    transaction.receiveResponse(rig.now, response(invite, statusCode, toTag));
  };
}
function after(...statusCodes: number[]) {
  return (rig: TransactionRig): Machine => {
    const transaction = start(rig);
    for (const statusCode of statusCodes) receive(statusCode)(rig, transaction);
    return transaction;
  };
}

const inputs: MachineUnderTest<Machine>['inputs'] = {
  '100': receive(100),
  '180': receive(180),
  '200': receive(200),
  '200 of another dialog': receive(200, 'fork'),
  '302': receive(302),
  '486': receive(486),
  '486 with another tag': receive(486, 'fork'),
  '603': receive(603),
  transportFailed: (rig, transaction) => rig.layer.transportFailed(rig.now, transaction),
  flowClosed: (_rig, transaction) => transaction.flowClosed(),
  abandon: (rig, transaction) => void rig.layer.abandon(rig.now, transaction),
};

const unreliable: MachineUnderTest<Machine> = {
  inputs,
  into: {
    calling: start,
    proceeding: after(100),
    accepted: after(200),
    completed: after(180, 486),
    terminated: (rig) => {
      const transaction = start(rig);
      rig.layer.abandon(rig.now, transaction);
      return transaction;
    },
  },
};
// RFC 3261 §17.1.1.2: timer D is zero on a reliable transport, so that no event can find the machine in Completed.
const { completed: _, ...reliableStates } = unreliable.into;
const reliable: MachineUnderTest<Machine> = { inputs, into: reliableStates };

const UNRELIABLE = rows(`
  calling | 100 | proceeding | response 100 |
  calling | 180 | proceeding | response 180 |
  calling | 200 | accepted | response 200 | M 32000
  calling | 200 of another dialog | accepted | response 200 | M 32000
  calling | 302 | completed | send ACK, response 302 | D 32000
  calling | 486 | completed | send ACK, response 486 | D 32000
  calling | 486 with another tag | completed | send ACK, response 486 | D 32000
  calling | 603 | completed | send ACK, response 603 | D 32000
  calling | timer A | calling | send INVITE | A 1000, B 31500
  calling | timer B | terminated | send INVITE, send INVITE, send INVITE, send INVITE, send INVITE, send INVITE, timeout, terminated |
  calling | transportFailed | terminated | transportError, terminated |
  calling | flowClosed | terminated | transportError, terminated |
  calling | abandon | terminated | terminated |

  proceeding | 100 | proceeding | response 100 |
  proceeding | 180 | proceeding | response 180 |
  proceeding | 200 | accepted | response 200 | M 32000
  proceeding | 200 of another dialog | accepted | response 200 | M 32000
  proceeding | 302 | completed | send ACK, response 302 | D 32000
  proceeding | 486 | completed | send ACK, response 486 | D 32000
  proceeding | 486 with another tag | completed | send ACK, response 486 | D 32000
  proceeding | 603 | completed | send ACK, response 603 | D 32000
  proceeding | transportFailed | proceeding | |
  proceeding | flowClosed | terminated | transportError, terminated |
  proceeding | abandon | terminated | terminated |

  accepted | 100 | accepted | | M 32000
  accepted | 180 | accepted | | M 32000
  accepted | 200 | accepted | response 200 | M 32000
  accepted | 200 of another dialog | accepted | response 200 | M 32000
  accepted | 302 | accepted | | M 32000
  accepted | 486 | accepted | | M 32000
  accepted | 486 with another tag | accepted | | M 32000
  accepted | 603 | accepted | | M 32000
  accepted | timer M | terminated | terminated |
  accepted | transportFailed | accepted | | M 32000
  accepted | flowClosed | accepted | | M 32000
  accepted | abandon | accepted | | M 32000

  completed | 100 | completed | | D 32000
  completed | 180 | completed | | D 32000
  completed | 200 | completed | | D 32000
  completed | 200 of another dialog | completed | | D 32000
  completed | 302 | completed | send ACK | D 32000
  completed | 486 | completed | send ACK | D 32000
  completed | 486 with another tag | completed | send ACK | D 32000
  completed | 603 | completed | send ACK | D 32000
  completed | timer D | terminated | terminated |
  completed | transportFailed | terminated | transportError, terminated |
  completed | flowClosed | completed | | D 32000
  completed | abandon | completed | | D 32000

  terminated | 100 | terminated | |
  terminated | 180 | terminated | |
  terminated | 200 | terminated | |
  terminated | 200 of another dialog | terminated | |
  terminated | 302 | terminated | |
  terminated | 486 | terminated | |
  terminated | 486 with another tag | terminated | |
  terminated | 603 | terminated | |
  terminated | transportFailed | terminated | |
  terminated | flowClosed | terminated | |
  terminated | abandon | terminated | |
`);

const RELIABLE = rows(`
  calling | 100 | proceeding | response 100 |
  calling | 180 | proceeding | response 180 |
  calling | 200 | accepted | response 200 | M 32000
  calling | 200 of another dialog | accepted | response 200 | M 32000
  calling | 302 | terminated | send ACK, response 302, terminated |
  calling | 486 | terminated | send ACK, response 486, terminated |
  calling | 486 with another tag | terminated | send ACK, response 486, terminated |
  calling | 603 | terminated | send ACK, response 603, terminated |
  calling | timer B | terminated | timeout, terminated |
  calling | transportFailed | terminated | transportError, terminated |
  calling | flowClosed | terminated | transportError, terminated |
  calling | abandon | terminated | terminated |

  proceeding | 100 | proceeding | response 100 |
  proceeding | 180 | proceeding | response 180 |
  proceeding | 200 | accepted | response 200 | M 32000
  proceeding | 200 of another dialog | accepted | response 200 | M 32000
  proceeding | 302 | terminated | send ACK, response 302, terminated |
  proceeding | 486 | terminated | send ACK, response 486, terminated |
  proceeding | 486 with another tag | terminated | send ACK, response 486, terminated |
  proceeding | 603 | terminated | send ACK, response 603, terminated |
  proceeding | transportFailed | proceeding | |
  proceeding | flowClosed | terminated | transportError, terminated |
  proceeding | abandon | terminated | terminated |

  ${UNRELIABLE.filter((row) => row.from === 'accepted' || row.from === 'terminated')
    .map((row) => {
      const timers = Object.entries(row.timers).map(([name, ms]) => `${name} ${ms}`);
      return [row.from, row.on, row.to, row.effects.join(','), timers.join(',')].join('|');
    })
    .join('\n')}
`);

describe.each([
  { transport: 'an unreliable transport', isReliable: false, table: UNRELIABLE, machine: unreliable },
  { transport: 'a reliable transport', isReliable: true, table: RELIABLE, machine: reliable },
])(
  'INVITE client transaction on $transport (RFC 3261 figure 5, RFC 6026 figure 8)',
  ({ isReliable, table, machine }) => {
    it.each(table)('$from: $on → $to', (row) => {
      expect(play(row, machine, new TransactionRig(isReliable))).toEqual(row);
    });

    it('has every state with every input in the table', () => {
      expect(gaps(table, machine, () => new TransactionRig(isReliable))).toEqual([]);
    });
  },
);

describe('INVITE client transaction', () => {
  it.each([
    { isReliable: false, sendsAtMs: [0, 500, 1500, 3500, 7500, 15500, 31500] },
    { isReliable: true, sendsAtMs: [0] },
  ])(
    'sends an unanswered INVITE at $sendsAtMs ms and times out at 32000 ms (reliable: $isReliable)',
    ({ isReliable, sendsAtMs }) => {
      const rig = new TransactionRig(isReliable);
      const startedAt = rig.now;
      start(rig);
      const sent: number[] = [];
      const ended: string[] = [];
      for (let elapsedMs = 0; elapsedMs <= 40_000; elapsedMs += 100) {
        for (const effect of rig.take()) {
          if (effect === 'send INVITE') sent.push(rig.now - startedAt);
          else ended.push(`${effect} at ${rig.now - startedAt}`);
        }
        rig.pass(100);
      }
      expect(sent).toEqual(sendsAtMs);
      expect(ended).toEqual(['timeout at 32000', 'terminated at 32000']);
      expect(rig.wheel.size).toBe(0);
      expect(rig.layer.size.inviteClient).toBe(0);
    },
  );

  it('keeps timer A going by the time that passed, without a burst, when the clock jumps', () => {
    const rig = new TransactionRig(false);
    start(rig);
    rig.take();
    rig.now += 20_000;
    rig.wheel.advance(rig.now);
    expect(rig.take()).toEqual(['send INVITE']);
    expect(rig.timers()).toEqual({ A: 1000, B: 12_000 });
  });

  it('writes the ACK of §17.1.1.3 and gives each To tag its own', () => {
    const rig = new TransactionRig(false);
    const routed = request({
      via: 'SIP/2.0/UDP proxy.example.com;branch=z9hG4bKtop, SIP/2.0/UDP pc33.example.com;branch=z9hG4bKbelow',
      headers: [
        'Route: <sip:ss1.example.com;lr>, <sip:ss2.example.com;lr>',
        'Route: <sip:ss3.example.com;lr>',
        'Proxy-Authorization: Digest username="alice", realm="example.com"',
        'Contact: <sip:alice@pc33.example.com>',
      ],
    });
    const transaction = rig.layer.startClient(rig.now, routed, rig.flow) as Machine;
    rig.effects.length = 0;
    transaction.receiveResponse(rig.now, response(routed, 486, 'first'));
    transaction.receiveResponse(rig.now, response(routed, 486, 'first'));
    transaction.receiveResponse(rig.now, response(routed, 486, 'second'));
    const acks = rig.effects.flatMap((effect) => (effect.type === 'send' ? [effect.raw] : []));
    expect(acks).toHaveLength(3);
    expect(acks[1]).toBe(acks[0]);
    const tags = acks.map((raw) => {
      const ack = parseMessage(raw);
      if (ack.kind !== 'request') throw new Error(raw);
      expect(ack.method).toBe('ACK');
      expect(ack.requestUri).toBe('sip:bob@biloxi.example.com');
      expect(ack.callId).toBe(routed.callId);
      expect(ack.fromTag).toBe(routed.fromTag);
      expect(ack.cseq).toMatchObject({ number: 314159, method: 'ACK' });
      expect(ack.maxForwards).toBe(70);
      expect(ack.named('Via')).toEqual(['SIP/2.0/UDP proxy.example.com;branch=z9hG4bKtop']);
      expect(ack.named('Route')).toEqual([
        '<sip:ss1.example.com;lr>, <sip:ss2.example.com;lr>',
        '<sip:ss3.example.com;lr>',
      ]);
      expect(ack.named('Proxy-Authorization')).toEqual(['Digest username="alice", realm="example.com"']);
      expect(ack.named('Contact')).toEqual([]);
      return ack.toTag;
    });
    expect(tags).toEqual(['first', 'first', 'second']);
  });

  it('is in its new state before any effect is there to be read', () => {
    const rig = new TransactionRig(false);
    const transaction = start(rig);
    const seen: string[] = [];
    const push = rig.effects.push.bind(rig.effects);
    rig.effects.push = (...effects) => {
      for (const effect of effects) seen.push(`${effect.type} in ${transaction.state}`);
      return push(...effects);
    };
    receive(180)(rig, transaction);
    receive(486)(rig, transaction);
    rig.pass(32_000);
    expect(seen).toEqual([
      'response in proceeding',
      'send in completed',
      'response in completed',
      'terminated in terminated',
    ]);
  });

  it('never lets timer D fall below 32 s, however short T1', () => {
    const rig = new TransactionRig(false, { t1Ms: 10, t2Ms: 80, t4Ms: 100 });
    const transaction = start(rig);
    receive(486)(rig, transaction);
    expect(rig.timers()).toEqual({ D: 32_000 });
  });
});
