import type { TransactionEffect } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { Ingress, TransactionUser } from './transaction-user.js';

/** What the transactions have to tell their user. */
export type ToldEffect = Exclude<TransactionEffect<Flow>, { readonly type: 'send' }>;

/** Tells the user of one effect. `ingress` is of the message under way; a request always has one. */
export function tellUser(user: TransactionUser, effect: ToldEffect, ingress: Ingress | undefined): void {
  switch (effect.type) {
    case 'request':
      user.onRequest(effect.transaction, effect.request, ingressOf(ingress));
      return;
    case 'cancel':
      user.onCancel(effect.transaction, effect.request, effect.cancelled, ingressOf(ingress));
      return;
    case 'ack':
      user.onAck(effect.request, ingressOf(ingress), effect.transaction);
      return;
    case 'response':
      user.onResponse(effect.transaction, effect.response);
      return;
    case 'strayResponse':
      user.onStrayResponse(effect.response, effect.flow);
      return;
    case 'timeout':
      user.onTimeout(effect.transaction);
      return;
    case 'ackTimeout':
      user.onAckTimeout?.(effect.transaction);
      return;
    case 'transportError':
      user.onTransportError(effect.transaction);
      return;
    case 'terminated':
      user.onTerminated(effect.transaction);
      return;
  }
}

function ingressOf(ingress: Ingress | undefined): Ingress {
  if (ingress === undefined) throw new Error('requests come from a flow only');
  return ingress;
}
