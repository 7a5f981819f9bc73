import { getSystemErrorName } from 'node:util';
import { formatHostPort, type HostPort } from './host-port.js';

/** The error that Node makes of a failed system call at an address. `errno` is libuv's number of it, which is negative. */
export function systemError(syscall: string, errno: number, at: HostPort): NodeJS.ErrnoException {
  const code = getSystemErrorName(errno);
  const error = new Error(`${syscall} ${code} ${formatHostPort(at)}`);
  return Object.assign(error, { errno, code, syscall, address: at.host, port: at.port });
}
