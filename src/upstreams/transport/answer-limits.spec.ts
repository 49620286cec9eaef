import { Readable } from 'node:stream';
import { AnswerTooLargeError, readBeginning, readText, SizeLimit } from './answer-limits.js';

const most = 1024 * 1024;
const kibibyte = Buffer.alloc(1_024, 'x');

describe('the size of an answer', () => {
  it('may be reached and not passed', () => {
    const limit = new SizeLimit(10);
    limit.add(6);
    limit.add(4);
    expect(() => {
      limit.add(1);
    }).toThrow(AnswerTooLargeError);
  });

  it('holds for a body, which is not read further', async () => {
    let read = 0;
    const body = new Readable({
      read() {
        read += kibibyte.length;
        this.push(kibibyte);
      },
    });
    await expect(readText(body, most)).rejects.toThrow(AnswerTooLargeError);
    expect(body.destroyed).toBe(true);
    expect(read).toBeLessThan(most * 1.1);
  });

  it('is what is read of a body whose beginning is wanted', async () => {
    let read = 0;
    const body = new Readable({
      read() {
        read += kibibyte.length;
        this.push(kibibyte);
      },
    });
    expect(await readBeginning(body, most + 1)).toBe('x'.repeat(most + 1));
    expect(body.destroyed).toBe(true);
    expect(read).toBeLessThan(most * 1.1);
    expect(await readBeginning(Readable.from([Buffer.from('short')]), most)).toBe('short');
  });

  it('leaves text as it is, wherever it was cut', async () => {
    const bytes = Buffer.from('困的时候 😀', 'utf8');
    const body = Readable.from(Array.from(bytes, (byte) => Buffer.from([byte])));
    expect(await readText(body, most)).toBe('困的时候 😀');
  });
});
