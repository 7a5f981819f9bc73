import { describe, expect, it } from 'vitest';
import { createLogger, type LogFields, type Logger, silentLogger } from './logger.js';
import type { LogLevel } from './setting-values.js';

function recorder(
  level: LogLevel = 'info',
  pretty = false,
): { logger: Logger; lines: string[]; records: () => Record<string, unknown>[] } {
  const lines: string[] = [];
  const logger = createLogger({ service: 'edge-proxy', level, pretty, write: (line) => void lines.push(line) });
  return { logger, lines, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('createLogger', () => {
  it('writes one JSON object a line, with the service and the fields of the call', () => {
    const { logger, records } = recorder();
    logger
      .child({ tenant: 'demo' })
      .warn('Unknown user', { callId: 'a@b', traceId: '0af7651916cd43dd8448eb211c80319c' });
    expect(records()).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        service: 'edge-proxy',
        tenant: 'demo',
        callId: 'a@b',
        traceId: '0af7651916cd43dd8448eb211c80319c',
        message: 'Unknown user',
      },
    ]);
  });

  it('gives each service its own name on one destination', () => {
    const { logger, records } = recorder();
    logger.child({ tenant: 'demo' }).forService('location').info('Ready');
    expect(records()[0]).toMatchObject({ service: 'location', message: 'Ready' });
    expect(records()[0]).not.toHaveProperty('tenant');
  });

  it.each([
    ['error', ['error']],
    ['warn', ['warn', 'error']],
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['silent', []],
  ] as const)('at level %s writes %j', (level, written) => {
    const { logger, records } = recorder(level);
    logger.debug('m');
    logger.info('m');
    logger.warn('m');
    logger.error('m');
    expect(records().map((record) => record.level)).toEqual(written);
    expect(logger.isEnabled('warn')).toBe((written as readonly string[]).includes('warn'));
  });

  it.each<[string, LogFields]>([
    ['an authorization header', { authorization: 'Digest hunter2' }],
    ['a header among headers', { headers: { Authorization: 'Digest hunter2', 'Proxy-Authorization': 'hunter2' } }],
    ['a password', { password: 'hunter2' }],
    ['a password of a subscriber', { subscriber: { password: 'hunter2', ha1: 'hunter2' } }],
    ['a token', { settings: { adminToken: 'hunter2', sealKeys: ['hunter2'], traceKey: 'hunter2' } }],
    ['a URL in an error', { error: new Error('connect postgres://ringdown:hunter2@db failed') }],
    ['a URL in the cause of an error', { error: new Error('x', { cause: new Error('nats://u:hunter2@bus') }) }],
  ])('hides %s', (_, fields) => {
    const { logger, lines } = recorder();
    logger.info('m', fields);
    logger.child(fields).info('m');
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain('hunter2');
  });

  it('writes an error with its code and its cause', () => {
    const { logger, records } = recorder();
    logger.error('m', {
      error: Object.assign(new Error('refused', { cause: new Error('deep') }), { code: 'ECONNREFUSED' }),
    });
    expect(records()[0]?.error).toMatchObject({ message: 'refused', code: 'ECONNREFUSED', cause: { message: 'deep' } });
  });

  it('writes short lines for a terminal', () => {
    const { logger, lines } = recorder('info', true);
    logger.warn('Unknown user', { callId: 'a@b', limits: { calls: 2 }, error: new Error('why') });
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} warn {2}edge-proxy: Unknown user callId=a@b limits=\{"calls":2\} \(why\)\n$/,
    );
  });

  it('can be silent', () => {
    expect(silentLogger().isEnabled('error')).toBe(false);
  });
});
