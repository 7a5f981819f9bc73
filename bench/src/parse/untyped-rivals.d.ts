// What the benchmark uses of libraries that come without types.

declare module 'jssip/lib/Parser.js' {
  export interface ParsedUri {
    readonly host: string;
    readonly port: number | undefined;
    toString(): string;
  }

  export interface ParsedAddress {
    readonly uri: ParsedUri;
  }

  export interface HeaderValue {
    raw: string;
  }

  export interface IncomingMessage {
    readonly method: string;
    readonly ruri: ParsedUri | undefined;
    /** Undefined in a request. */
    readonly status_code?: number;
    readonly reason_phrase?: string;
    readonly via: { readonly host: string; readonly branch: string | undefined } | null;
    readonly call_id: string | null;
    readonly cseq: number | null;
    readonly from: ParsedAddress | null;
    readonly to: ParsedAddress | null;
    readonly to_tag: string | undefined;
    readonly body: string;
    readonly headers: Record<string, HeaderValue[]>;
    getHeaders(name: string): string[];
    parseHeader(name: string, index?: number): unknown;
    setHeader(name: string, value: string): void;
  }

  const parser: { parseMessage(data: string, ua: object): IncomingMessage | undefined };
  export default parser;
}

declare module 'sip' {
  export interface Uri {
    readonly host: string;
    readonly port: number;
  }

  export interface Address {
    uri: string | Uri;
    params?: Record<string, string | null>;
  }

  export interface Via {
    version: string;
    protocol: string;
    host: string;
    port: number | undefined;
    params: Record<string, string | null>;
  }

  export interface Message {
    method?: string;
    status?: number;
    uri?: string | Uri;
    content?: string;
    readonly headers: {
      via?: Via[];
      from?: Address;
      to?: Address;
      contact?: Address[] | '*';
      route?: Address[];
      'record-route'?: Address[];
      cseq?: { readonly seq: number; readonly method: string };
      'call-id'?: string;
      'max-forwards'?: string;
      expires?: string;
    };
  }

  const sip: {
    parse(data: string): Message | undefined;
    parseUri(text: string | Uri): Uri | undefined;
    stringify(message: Message): string;
  };
  export default sip;
}
