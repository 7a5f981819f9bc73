import { type Server, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { siplink } from '@ringdown/contracts';
import { parseHostPort } from './host-port.js';
import type { SipLinkAcceptor, SipLinkCaller } from './siplink-acceptor.js';
import type { EnvelopePipe, QueuedItem, SipLinkChannel } from './siplink-channel.js';
import { remainingMs } from './siplink-deadline.js';
import type { LinkItem } from './siplink-envelope.js';
import { acceptanceMetadata, readStreamMetadata } from './siplink-metadata.js';
import { fromWire, toWire } from './siplink-wire.js';

type ExchangeCall = ServerDuplexStream<siplink.ExchangeRequest, siplink.ExchangeResponse>;

/**
 * Serves SipLink on a gRPC server, whose credentials and address are its owner's business. A stream without a class or a
 * name ends with INVALID_ARGUMENT. Who may open one at all is the server's to say.
 */
export function serveSipLink(server: Server, acceptor: SipLinkAcceptor): void {
  server.addService(siplink.SipLinkServiceService, { exchange: (call: ExchangeCall) => exchange(call, acceptor) });
}

class ServerPipe implements EnvelopePipe {
  readonly #call: ExchangeCall;

  constructor(call: ExchangeCall) {
    this.#call = call;
  }

  write(batch: readonly QueuedItem[], now: number): boolean {
    return this.#call.write({ envelopes: batch.map((queued) => toWire(queued.item, remainingMs(queued, now))) });
  }

  pauseReading(): void {
    this.#call.pause();
  }

  resumeReading(): void {
    this.#call.resume();
  }

  end(abort: boolean): void {
    if (abort) refuse(this.#call, status.UNAVAILABLE, 'the stream was broken off');
    else this.#call.end();
  }
}

function exchange(call: ExchangeCall, acceptor: SipLinkAcceptor): void {
  call.on('error', () => {});
  const caller = describeCaller(call);
  if (typeof caller === 'string') {
    refuse(call, status.INVALID_ARGUMENT, caller);
    return;
  }
  const accepted = acceptor.accept(caller, new ServerPipe(call));
  if (accepted === 'closed') {
    refuse(call, status.UNAVAILABLE, 'this SipLink accepts no more streams');
    return;
  }
  attach(call, accepted, acceptor);
}

function attach(call: ExchangeCall, channel: SipLinkChannel, { self }: SipLinkAcceptor): void {
  call.on('data', (request: siplink.ExchangeRequest) => channel.receive(readEnvelopes(request.envelopes)));
  call.on('drain', () => channel.drained());
  call.on('end', () => channel.close());
  call.on('cancelled', () => channel.broken('cancelled'));
  call.on('error', (error: Error) => channel.broken(error.message));
  call.on('close', () => channel.broken('peer-closed'));
  // At once, so that the peer knows it was accepted.
  call.sendMetadata(acceptanceMetadata(self));
}

/** What the envelopes hold, without those that hold nothing. */
export function readEnvelopes(envelopes: readonly siplink.Envelope[]): LinkItem[] {
  const items: LinkItem[] = [];
  for (const envelope of envelopes) {
    const item = fromWire(envelope);
    if (item !== undefined) items.push(item);
  }
  return items;
}

function describeCaller(call: ExchangeCall): SipLinkCaller | string {
  const named = readStreamMetadata(call.metadata);
  if (typeof named === 'string') return named;
  return {
    ...named,
    remote: parseHostPort(call.getPeer()) ?? { host: call.getPeer(), port: 0 },
  };
}

function refuse(call: ExchangeCall, code: status, details: string): void {
  call.emit('error', { code, details, name: 'ServiceError', message: details });
}
