import { describe, expect, it } from 'vitest';
import { request, response } from './testing/sip-text.js';
import { TransactionRig } from './testing/transaction-rig.js';

describe('requests that wait for a final response', () => {
  it.each<{ what: string; statusCodes: number[]; unanswered: number }>([
    { what: 'nothing came', statusCodes: [], unanswered: 1 },
    { what: 'it rings', statusCodes: [180], unanswered: 1 },
    { what: 'it was answered and lingers for repetitions (timer M)', statusCodes: [180, 200], unanswered: 0 },
    { what: 'it was refused and lingers for repetitions (timer D)', statusCodes: [486], unanswered: 0 },
  ])('$what', ({ statusCodes, unanswered }) => {
    const rig = new TransactionRig(false);
    const invite = request();
    rig.layer.startClient(rig.now, invite, rig.flow);
    for (const statusCode of statusCodes) rig.layer.receive(rig.now, response(invite, statusCode), rig.flow);
    expect([...rig.layer.unanswered()]).toHaveLength(unanswered);
    expect(rig.layer.size.inviteClient).toBe(1);
  });
});
