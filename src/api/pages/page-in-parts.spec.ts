import { ManualClock } from '../../../test/support/manual-clock.js';
import { html, type Html } from './html.js';
import { PageInParts, pagesShareOf } from './page-in-parts.js';

const loop = pagesShareOf(new ManualClock());
const line = 'x'.repeat(1_000);

function* lines(count: number): Generator<Html> {
  for (let at = 0; at < count; at += 1) yield html`${line}`;
}

async function read(page: PageInParts): Promise<string[]> {
  const parts: string[] = [];
  for await (const part of page) parts.push(part);
  return parts;
}

describe('a page in parts', () => {
  it('is the same for readers from before, while and after it is made', async () => {
    const page = new PageInParts();
    const before = read(page);
    const making = page.make(lines(100), loop);
    const meanwhile = read(page);
    await making;
    const [first, second, third] = await Promise.all([before, meanwhile, read(page)]);
    expect(first.length).toBeGreaterThan(2);
    expect(first.join('')).toBe(line.repeat(100));
    expect([second, third]).toEqual([first, first]);
    expect(page.length).toBe(100_000);
  });

  it('is read as far as it has come, while it is made', async () => {
    const clock = new ManualClock();
    const page = new PageInParts();
    function* slowly(): Generator<Html> {
      for (const piece of lines(100)) {
        clock.advance(11);
        yield piece;
      }
    }
    let isMade = false;
    const making = page.make(slowly(), pagesShareOf(clock)).then(() => {
      isMade = true;
    });
    const seen: boolean[] = [];
    for await (const part of page) if (part !== '') seen.push(isMade);
    await making;
    expect(seen[0]).toBe(false);
  });

  it('tells its readers when it cannot be made', async () => {
    const page = new PageInParts();
    const reading = read(page);
    page.fail(new Error('no more'));
    await expect(reading).rejects.toThrow('no more');
    await expect(read(page)).rejects.toThrow('no more');
  });
});
