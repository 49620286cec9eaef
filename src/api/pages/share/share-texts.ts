import type { InEveryLanguage } from '../language.js';
import type { SharedTurn } from '../../../sharing/shared-conversation.js';

/** What the pages of shares say beside what was shared. */
interface ShareTexts {
  /** What a share is, where its title may not be said. */
  shared: string;
  created: (date: string) => string;
  expires: (date: string) => string;
  snapshot: string;
  kinds: Readonly<Record<string, string>>;
  prompt: string;
  speakers: Readonly<Record<SharedTurn['role'], string>>;
  nothingSaid: string;
  involved: string;
  long: string;
  copy: string;
  copied: string;
  raw: string;
  markdown: string;
  plainText: string;
  gone: { title: string; text: string };
  password: { title: string; text: string; label: string; open: string; wrong: string };
  wait: { title: string; text: (seconds: number) => string };
  failed: { title: string; text: string };
  refused: { title: string; text: string };
  requestId: string;
}

export const shareTexts: InEveryLanguage<ShareTexts> = {
  en: {
    shared: 'A shared conversation',
    created: (date) => `Shared on ${date}`,
    expires: (date) => `until ${date}`,
    snapshot: 'This is a snapshot: messages that came later are not added.',
    kinds: { roleplay: 'role play', v1: 'OpenAI API' },
    prompt: 'The prompt of this conversation',
    speakers: {
      user: 'User',
      assistant: 'Assistant',
      system: 'System',
      developer: 'Developer',
      tool: 'Tool',
    },
    nothingSaid: 'Nothing had been said when this was shared.',
    involved: 'Shown as it was written:',
    long: 'This conversation is long. From here on it is shown as it was written, without formatting.',
    copy: 'Copy',
    copied: 'Copied',
    raw: 'The same as',
    markdown: 'Markdown',
    plainText: 'plain text',
    gone: {
      title: 'There is nothing to read here',
      text: 'This conversation was taken back, its time is over, or it was never shared. Whoever gave you the link can share it again.',
    },
    password: {
      title: 'This conversation asks for a password',
      text: 'Whoever shared it with you knows the password.',
      label: 'Password',
      open: 'Open',
      wrong: 'This is not the password.',
    },
    wait: {
      title: 'Too many tries',
      text: (seconds) =>
        `Please wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}, then try again.`,
    },
    failed: {
      title: 'This did not work',
      text: 'The service cannot show the page at the moment. Please try again in a little while.',
    },
    refused: { title: 'This page cannot be shown', text: 'The request was not understood.' },
    requestId: 'Request',
  },
  'zh-CN': {
    shared: '分享的对话',
    created: (date) => `分享于 ${date}`,
    expires: (date) => `有效期至 ${date}`,
    snapshot: '这是一份快照，之后的消息不会加入。',
    kinds: { roleplay: '角色扮演', v1: 'OpenAI API' },
    prompt: '这次对话的提示词',
    speakers: {
      user: '用户',
      assistant: '助手',
      system: '系统',
      developer: '开发者',
      tool: '工具',
    },
    nothingSaid: '分享时还没有任何消息。',
    involved: '以下按原文显示：',
    long: '这次对话很长，从这里开始按原文显示，不带格式。',
    copy: '复制',
    copied: '已复制',
    raw: '其他格式：',
    markdown: 'Markdown',
    plainText: '纯文本',
    gone: {
      title: '这里没有可以阅读的内容',
      text: '这次对话已被收回、已过期，或从未分享过。给您链接的人可以重新分享。',
    },
    password: {
      title: '阅读这次对话需要密码',
      text: '分享它的人知道密码。',
      label: '密码',
      open: '打开',
      wrong: '密码不正确。',
    },
    wait: { title: '尝试次数过多', text: (seconds) => `请等待 ${seconds} 秒后再试。` },
    failed: { title: '出了点问题', text: '服务暂时无法显示此页面，请稍后再试。' },
    refused: { title: '无法显示此页面', text: '无法理解这个请求。' },
    requestId: '请求编号',
  },
};
