import type { Caller } from '../support/caller.js';
import { withService } from '../support/with-service.js';

/** Of a database's text column, U+0000 is what not every one keeps. */
const texts = ['a\0b', '\0', '\x1a0\x1a1\0', '\u{1f98a}\uffff中'];

async function promptOf(caller: Caller, conversation: string): Promise<unknown> {
  const { headers } = await caller.post('store', '', { conversation });
  const { text } = await caller.get(`/chatgpt/share/${String(headers.get('share'))}`);
  return (JSON.parse(text) as { Prompt: unknown }).Prompt;
}

describe('a text of any characters', () => {
  it.each(texts)('is kept as prompt, question and answer, and in a share: %j', async (text) => {
    await withService({ SHARE_PROMPT: 'true' }, async ({ simulator }, caller) => {
      const id = await caller.create(`Prompt ${text}`);
      simulator.behave({ answer: `A ${text}` });
      expect(await caller.chat(id, `Q ${text}`)).toMatchObject({ status: 200, text: `A ${text}` });
      expect(await caller.sentences(id)).toEqual([`Q ${text}`, `A ${text}`]);
      expect(await promptOf(caller, id)).toBe(`Prompt ${text}`);
    });
  });

  it('is an id that nothing has', async () => {
    await withService({}, async (_service, caller) => {
      expect(await caller.get('/chatgpt/share/%00')).toMatchObject({ status: 404 });
    });
  });
});
