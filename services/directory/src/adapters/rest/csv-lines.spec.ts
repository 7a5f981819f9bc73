import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { ImportLine } from '../../use-cases/import-subscribers.js';
import { BodyTooLargeError, csvLines } from './csv-lines.js';

async function read(body: Readable, maxBytes = 1_000_000): Promise<ImportLine[]> {
  const lines: ImportLine[] = [];
  for await (const chunk of csvLines(body, maxBytes)) lines.push(...chunk);
  return lines;
}

const file = '\ufeffusername,password\r\n\r\nalice,"a ""quoted"", ключ"\r\nbob,x\n\ncarol,y';
const expected: ImportLine[] = [
  { line: 1, fields: ['username', 'password'] },
  { line: 3, fields: ['alice', 'a "quoted", ключ'] },
  { line: 4, fields: ['bob', 'x'] },
  { line: 6, fields: ['carol', 'y'] },
];

describe('csvLines', () => {
  it('reads the same lines wherever the file is cut into chunks', async () => {
    const bytes = Buffer.from(file);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)].filter(({ length }) => length > 0);
      expect([cut, await read(Readable.from(chunks))]).toEqual([cut, expected]);
    }
  });

  it('reads byte by byte', async () => {
    expect(await read(Readable.from(Array.from(Buffer.from(file), (byte) => Buffer.from([byte]))))).toEqual(expected);
  });

  it('goes on after a record that is none', async () => {
    const lines = await read(Readable.from([Buffer.from('a,b\nc,d"e\nf,g\n')]));
    expect(lines).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 2, unreadable: expect.stringContaining('quote in the wrong place') },
      { line: 3, fields: ['f', 'g'] },
    ]);
  });

  it('stops at too many bytes and leaves the stream alive', async () => {
    const body = Readable.from(Array.from({ length: 100 }, () => Buffer.from('user,password\n')));
    await expect(read(body, 100)).rejects.toBeInstanceOf(BodyTooLargeError);
    expect(body.destroyed).toBe(false);
  });

  it('reads no further than it is asked to', async () => {
    let produced = 0;
    const body = new Readable({
      highWaterMark: 1,
      read() {
        produced += 1;
        this.push(Buffer.from('user,password\n'));
      },
    });
    const lines = csvLines(body, 1_000_000);
    await lines.next();
    await lines.next();
    expect(produced).toBeLessThan(10);
    await lines.return(undefined);
    expect(body.destroyed).toBe(false);
    body.destroy();
  });

  it('fails as its stream fails', async () => {
    const body = new Readable({
      read() {
        this.destroy(new Error('cut off'));
      },
    });
    await expect(read(body)).rejects.toThrow('cut off');
  });
});
