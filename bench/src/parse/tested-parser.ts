/** A SIP library as the benchmark drives it. Texts are latin1, a character a byte. */
export interface TestedParser {
  /**
   * The message with every header value structured that the library has a reader for, parts that it would read later
   * included. Undefined when it refuses the message.
   */
  structure(raw: string): object | undefined;
  /**
   * The message as a proxy sends it on: parsed, what routing needs read, and written. A request gets a Via and a
   * Record-Route, one less Max-Forwards, without its own Route, and {@link TARGET_URI} when it is outside a dialog; a
   * response loses its topmost Via. '' for a response that has no other Via, undefined when the library refuses the message.
   */
  forward(raw: string): string | undefined;
}
