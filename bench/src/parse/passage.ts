/**
 * One passage through a proxy, the same for every parser: the request came from a phone behind the address of {@link SOURCE}
 * and leaves with the proxy's Via and Record-Route on top.
 */

/** The proxy's own address, as it stands in routes that it wrote. */
export const OWN_HOST = '198.51.100.7';
export const OWN_PORT = 5060;
export const BRANCH = 'z9hG4bKe1.k3f9.00a7c';
/** The user part is as long as the sealed token of a call. */
export const RECORD_ROUTE_URI = `sip:${'A'.repeat(112)}@${OWN_HOST}:${OWN_PORT};lr`;
/** Where a request outside a dialog goes: the callee's registered contact. */
export const TARGET_URI = 'sip:bob@192.0.2.4:5062';
/** RFC 3261 §16.6 step 3: what a request without Max-Forwards gets. */
export const INITIAL_MAX_FORWARDS = 70;
/** The socket address that requests come from. */
export const SOURCE = { host: '192.0.2.77', port: 40_012 } as const;
