import { attributeOf, elementsIn, judgePage, textOf } from '../../../../test/support/judge-page.js';
import { hostileTexts } from '../../../../test/factories/hostile-texts.js';
import type { SharedConversation } from '../../../sharing/shared-conversation.js';
import type { Language } from '../language.js';
import { sharePage } from './share-page.js';

function pageOf(share: Partial<SharedConversation>, language: Language = 'en'): string {
  const frame = {
    language,
    root: '../../',
    asset: (name: string) => `../../assets/${name.replace('.', '.0123456789ab.')}`,
  };
  const made = sharePage(frame, {
    ...{ id: 'share_1', title: 'A title', createdAt: Date.UTC(2026, 10, 28) },
    ...{ prompt: '', turns: [], sentences: [], ...share },
  });
  return [...made].join('');
}

/** What stands under the title. */
function factsOf(html: string): string[] {
  const facts = elementsIn(judgePage(html)).find((one) => attributeOf(one, 'class') === 'facts');
  return elementsIn(facts!).slice(1).map(textOf);
}

describe('the page of a share', () => {
  it('says when it was shared and until when, of what kind it is, and which model answered', () => {
    const share = { kind: 'turbo', model: 'gpt-6-luna', expiresAt: Date.UTC(2027, 0, 2) };
    expect(factsOf(pageOf(share))).toEqual([
      'Shared on November 28, 2026',
      'until January 2, 2027',
      'turbo',
      'gpt-6-luna',
    ]);
    expect(factsOf(pageOf({ ...share, kind: 'roleplay' }, 'zh-CN'))).toEqual([
      '分享于 2026年11月28日',
      '有效期至 2027年1月2日',
      '角色扮演',
      'gpt-6-luna',
    ]);
    expect(factsOf(pageOf({}))).toEqual(['Shared on November 28, 2026']);
  });

  it('calls speakers by their names, or by what they are', () => {
    const roles = ['user', 'assistant', 'system', 'developer', 'tool'] as const;
    const turns = [
      ...roles.map((role) => ({ role, text: 'x' })),
      { role: 'assistant' as const, name: 'Sherlock', text: 'x' },
    ];
    const headings = elementsIn(judgePage(pageOf({ turns }))).filter(
      ({ tagName }) => tagName === 'h2',
    );
    expect(headings.map(textOf)).toEqual([
      ...['User', 'Assistant', 'System', 'Developer', 'Tool', 'Sherlock'],
    ]);
  });

  it('shows the prompt where there is one', () => {
    const isShown = (prompt: string) =>
      elementsIn(judgePage(pageOf({ prompt }))).some(({ tagName }) => tagName === 'details');
    expect([isShown(''), isShown('Be kind.')]).toEqual([false, true]);
  });

  it.each(hostileTexts)('is only read, wherever it says so: %s', (_what, text) => {
    const turn = { role: 'user' as const, name: text, text };
    const share = { title: text, kind: text, model: text, prompt: text, turns: [turn] };
    for (const language of ['en', 'zh-CN'] as const) judgePage(pageOf(share, language));
    const title = elementsIn(judgePage(pageOf(share))).find(({ tagName }) => tagName === 'title');
    expect(textOf(title!)).toContain(text.slice(-5).replaceAll('\0', '\ufffd'));
  });
});
