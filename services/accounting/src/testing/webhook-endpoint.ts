import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { IssuedCertificate } from '@ringdown/testkit';

/** A request that an endpoint got, with its body read. */
export interface ReceivedPost {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A server that webhooks are posted to, on a port of its own. */
export interface WebhookEndpoint {
  /** With `localhost` as its host. */
  readonly url: string;
  readonly port: number;
  readonly received: readonly ReceivedPost[];
  /** How it answers from now on; 204 at first. */
  answer(how: (response: ServerResponse, post: ReceivedPost) => void): void;
  stop(): Promise<void>;
}

export function withStatus(statusCode: number, headers: Readonly<Record<string, string>> = {}) {
  return (response: ServerResponse): void => void response.writeHead(statusCode, headers).end();
}

/** Serves https where there is a certificate, and http otherwise. */
export async function startWebhookEndpoint(certificate?: IssuedCertificate): Promise<WebhookEndpoint> {
  const received: ReceivedPost[] = [];
  let answer: (response: ServerResponse, post: ReceivedPost) => void = withStatus(204);
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const post = { path: request.url ?? '', headers, body: Buffer.concat(chunks).toString() };
    received.push(post);
    answer(response, post);
  };
  const handler = (request: IncomingMessage, response: ServerResponse): void =>
    // A client that goes away while it sends is what some tests do.
    void serve(request, response).catch(() => response.destroy());
  const server =
    certificate === undefined
      ? createHttpServer(handler)
      : createHttpsServer({ cert: certificate.certPem, key: certificate.keyPem }, handler);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://localhost:${port}/`,
    port,
    received,
    answer(how) {
      answer = how;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
