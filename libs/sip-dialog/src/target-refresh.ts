/** RFC 3261 §12.2.1.1 and RFC 6665 §4.4.1, RFC 3515 §2.4.1: the methods that may refresh the remote target. */
export function targetRefreshing(method: string): boolean {
  return (
    method === 'INVITE' || method === 'UPDATE' || method === 'SUBSCRIBE' || method === 'NOTIFY' || method === 'REFER'
  );
}
