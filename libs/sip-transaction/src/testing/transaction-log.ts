import type { NetworkTap, Packet } from './lossy-network.js';

/** One thing that happened at one end of a transaction, in the order in which it happened. */
export interface LogEntry {
  readonly at: number;
  /** `told`: the transaction user was; `commanded`: the transaction user did. */
  readonly kind: 'sent' | 'delivered' | 'told' | 'commanded';
  /** A method, a status code, or 'timeout', 'ackTimeout', 'abandon'. */
  readonly word: string;
}

/** What the network and the transaction users saw of one transaction. */
export interface TransactionRecord {
  readonly branch: string;
  readonly method: string;
  readonly callId: string;
  readonly clientElement: string;
  readonly serverElement: string;
  readonly client: LogEntry[];
  readonly server: LogEntry[];
}

/**
 * Everything that was sent and that got through, by transaction. It reads the packets with its own few patterns, so that
 * what is written here doesn't depend on the code under test.
 */
export class TransactionLog implements NetworkTap {
  readonly records = new Map<string, TransactionRecord>();

  sent(now: number, packet: Packet): void {
    const { record, word, isRequest } = this.find(packet);
    (isRequest ? record.client : record.server).push({ at: now, kind: 'sent', word });
  }

  delivered(now: number, packet: Packet): void {
    const { record, word, isRequest } = this.find(packet);
    (isRequest ? record.server : record.client).push({ at: now, kind: 'delivered', word });
  }

  /** What a transaction user was told, or did, at one end of the transaction that this request belongs to. */
  note(now: number, end: 'client' | 'server', requestRaw: string, kind: 'told' | 'commanded', word: string): void {
    const record = this.records.get(keyOf(requestRaw));
    if (record === undefined) throw new Error(`a transaction that never showed in the network:\n${requestRaw}`);
    record[end].push({ at: now, kind, word });
  }

  private find(packet: Packet): { record: TransactionRecord; word: string; isRequest: boolean } {
    const { payload } = packet;
    const isRequest = !payload.startsWith('SIP/2.0 ');
    const word = isRequest ? payload.slice(0, payload.indexOf(' ')) : payload.slice(8, 11);
    const key = keyOf(payload);
    let record = this.records.get(key);
    if (record === undefined) {
      if (!isRequest) throw new Error(`a response to no request:\n${payload}`);
      const [branch = '', method = ''] = key.split(' ');
      const callId = /^Call-ID: (.*)$/m.exec(payload)?.[1] ?? '';
      record = { branch, method, callId, clientElement: packet.from, serverElement: packet.to, client: [], server: [] };
      this.records.set(key, record);
    }
    return { record, word, isRequest };
  }
}

/** The topmost branch and the method in CSeq; an ACK belongs to the INVITE whose branch it shares. */
function keyOf(payload: string): string {
  const branch = /^Via:[^\r]*?;branch=([^;,\s]+)/m.exec(payload)?.[1];
  const method = /^CSeq: \d+ (\w+)/m.exec(payload)?.[1];
  if (branch === undefined || method === undefined) throw new Error(`no branch or no CSeq:\n${payload}`);
  return `${branch} ${method === 'ACK' ? 'INVITE' : method}`;
}
