import type { JsMsg } from '@nats-io/jetstream';
import { headers as createHeaders, type MsgHdrs } from '@nats-io/transport-node';
import type { DurableMessage } from './bus.js';

export const noHeaders: Readonly<Record<string, string>> = Object.freeze({});

export function headerOptions(values: Readonly<Record<string, string>>): { headers?: MsgHdrs } {
  const entries = Object.entries(values);
  if (entries.length === 0) return {};
  const headers = createHeaders();
  for (const [name, value] of entries) headers.set(name, value);
  return { headers };
}

export function readHeaders(headers: MsgHdrs | undefined): Readonly<Record<string, string>> {
  if (headers === undefined) return noHeaders;
  return Object.fromEntries(headers.keys().map((name) => [name, headers.get(name)]));
}

export function durableMessage(message: JsMsg): DurableMessage {
  return {
    subject: message.subject,
    data: message.data,
    headers: readHeaders(message.headers),
    sequence: message.seq,
    redelivered: message.redelivered,
    storedAtMs: message.time.getTime(),
  };
}
