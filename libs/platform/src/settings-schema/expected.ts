// What a setting must be, in the words of its documentation and its error messages, where several are alike.
export const portExpected = 'a port from 0 to 65535 (0 means any free one)';
export const hostExpected = 'a host name or an IP address';
export const instanceNameExpected = '1 to 32 of the characters a-z, 0-9 and -';
export const endpointsExpected = 'a comma-separated list of host:port';
