import type { InEveryLanguage } from '../language.js';

/** What the page says before anything has happened on it. */
interface PageTexts {
  title: string;
  heading: string;
  lead: string;
  documentation: string;
  noScript: string;
  tokenHeading: string;
  tokenWhy: string;
  token: string;
  tokenSend: string;
  insecure: string;
  settings: string;
  kind: string;
  kinds: Readonly<Record<Kind, string>>;
  model: string;
  humanName: string;
  modelName: string;
  prompt: string;
  promptHint: string;
  settingsHold: string;
  forgetToken: string;
  newConversation: string;
  examplesHeading: string;
  examples: readonly string[];
  conversation: string;
  question: string;
  questionHint: string;
  keys: string;
  send: string;
  stop: string;
  regenerate: string;
  rollback: string;
  share: string;
  shareWith: string;
  shareTitle: string;
  shareTitleHint: string;
  sharePassword: string;
  sharePasswordHint: string;
  shareDays: string;
  forEver: string;
  shareLink: string;
  copy: string;
  open: string;
  unshare: string;
  curl: string;
  curlHint: string;
}

/** What a person can choose between: kinds of conversations, and an answer without one. */
export type Kind = 'turbo' | 'gpt4' | 'gpt3' | 'rolePlay' | 'quickAnswer' | 'v1';

/** What the page's script says. Names in braces are put in by it. */
interface ScriptTexts {
  you: string;
  model: string;
  answering: string;
  stopped: string;
  copied: string;
  selected: string;
  shared: string;
  anyone: string;
  whoKnows: string;
  unshared: string;
  rolledBack: string;
  started: string;
  again: string;
  meaning: string;
  unreachable: string;
  brokenOff: string;
  adviceToken: string;
  adviceWait: string;
  adviceGone: string;
  adviceChange: string;
  adviceReach: string;
  adviceLog: string;
}

export const pageTexts: InEveryLanguage<PageTexts> = {
  en: {
    title: 'Try Alice',
    heading: 'What would you like to ask?',
    lead: 'Each answer appears while the model is still writing it, and the conversation is remembered by the service.',
    documentation: 'API documentation',
    noScript: 'This page needs JavaScript. The same can be done with curl: see',
    tokenHeading: 'First, the access token',
    tokenWhy:
      'The service answers whoever knows its token, the setting TOKEN. It is kept in this tab until the tab is closed.',
    token: 'Access token',
    tokenSend: 'Continue',
    insecure:
      'With AUTH_MODE=normal each call needs a proof of its own, and browsers make it only on pages that come over HTTPS or from localhost. Open this page there, or use curl.',
    settings: 'Settings',
    kind: 'Kind',
    kinds: {
      turbo: 'Fast model (turbo)',
      gpt4: 'Strong model (gpt4)',
      gpt3: 'Text model (gpt3)',
      rolePlay: 'Role play',
      quickAnswer: 'Quick answer, nothing kept',
      v1: 'Model by name (/v1)',
    },
    model: 'Model',
    humanName: 'Your name',
    modelName: "The model's name",
    prompt: 'Prompt',
    promptHint: 'Said to the model ahead of the conversation. Empty: the service has its own.',
    settingsHold: 'They hold for the whole conversation. A new one can have others.',
    forgetToken: 'Forget the token',
    newConversation: 'New conversation',
    examplesHeading: 'For example',
    examples: [
      'Why is the sky blue?',
      'Write a haiku about a lighthouse.',
      'Explain recursion to a ten-year-old.',
    ],
    conversation: 'Conversation',
    question: 'Question',
    questionHint: 'Ask something',
    keys: 'Enter sends, Shift+Enter begins a new line',
    send: 'Send',
    stop: 'Stop',
    regenerate: 'Answer again',
    rollback: 'Take back',
    share: 'Share',
    shareWith: 'Title, password, expiry',
    shareTitle: 'Title',
    shareTitleHint: 'The first question',
    sharePassword: 'Password',
    sharePasswordHint: '8 to 128 characters, no blank at either end',
    shareDays: 'Days until it expires',
    forEver: 'Never',
    shareLink: 'Link to this conversation',
    copy: 'Copy',
    open: 'Open',
    unshare: 'Stop sharing',
    curl: 'The last call with curl',
    curlHint: 'In a terminal $TOKEN stands for the access token: export TOKEN=…',
  },
  'zh-CN': {
    title: '试用 Alice',
    heading: '想问点什么？',
    lead: '模型一边写，回答一边出现；对话由服务记住。',
    documentation: 'API 文档',
    noScript: '此页面需要 JavaScript。用 curl 也能做同样的事：参见',
    tokenHeading: '请先输入访问令牌',
    tokenWhy:
      '知道令牌（设置项 TOKEN）的人才能使用此服务。令牌只保存在这个标签页里，关闭后即清除。',
    token: '访问令牌',
    tokenSend: '继续',
    insecure:
      'AUTH_MODE=normal 要求每次调用都带新的凭证，而浏览器只在通过 HTTPS 或 localhost 打开的页面里才能生成。请从那里打开此页面，或使用 curl。',
    settings: '设置',
    kind: '类型',
    kinds: {
      turbo: '快速模型（turbo）',
      gpt4: '强力模型（gpt4）',
      gpt3: '文本模型（gpt3）',
      rolePlay: '角色扮演',
      quickAnswer: '快速问答，不保存',
      v1: '按名称选模型（/v1）',
    },
    model: '模型',
    humanName: '你的名字',
    modelName: '模型的名字',
    prompt: '提示词',
    promptHint: '在对话之前告诉模型的话。留空则使用服务自带的。',
    settingsHold: '设置对整个对话有效；新的对话可以用别的设置。',
    forgetToken: '清除令牌',
    newConversation: '新对话',
    examplesHeading: '例如',
    examples: ['天空为什么是蓝色的？', '写一首关于灯塔的俳句。', '向十岁的孩子解释什么是递归。'],
    conversation: '对话',
    question: '问题',
    questionHint: '问点什么',
    keys: '按 Enter 发送，按 Shift+Enter 换行',
    send: '发送',
    stop: '停止',
    regenerate: '重新回答',
    rollback: '撤回',
    share: '分享',
    shareWith: '标题、密码、有效期',
    shareTitle: '标题',
    shareTitleHint: '第一个问题',
    sharePassword: '密码',
    sharePasswordHint: '8 到 128 个字符，首尾不能是空格',
    shareDays: '多少天后过期',
    forEver: '永不过期',
    shareLink: '此对话的链接',
    copy: '复制',
    open: '打开',
    unshare: '停止分享',
    curl: '上一次调用的 curl 命令',
    curlHint: '终端里的 $TOKEN 代表访问令牌：export TOKEN=…',
  },
};

export const scriptTexts: InEveryLanguage<ScriptTexts> = {
  en: {
    you: 'You',
    model: 'Model',
    answering: 'The model is answering',
    stopped: 'Stopped. Nothing of this turn was kept.',
    copied: 'Copied',
    selected: 'Selected: copy it with Ctrl+C',
    shared: 'Shared',
    anyone: 'Whoever has this link can read what was said so far, and nothing that follows.',
    whoKnows:
      'Whoever has this link and knows the password can read what was said so far, and nothing that follows.',
    unshared: 'The link no longer shows anything.',
    rolledBack: 'The last question and its answer were taken back.',
    started: 'A new conversation',
    again: 'Ask again',
    meaning: 'What {code} means',
    unreachable: 'The service cannot be reached.',
    brokenOff: 'The connection broke off before the answer was complete. Nothing of it was kept.',
    adviceToken: 'Check the access token: it is the setting TOKEN of the service.',
    adviceWait: 'It may work in {seconds} s.',
    adviceGone: 'The conversation was finished or has expired. Begin a new one.',
    adviceChange: 'Change the question or the settings.',
    adviceReach: 'See whether it runs, then ask again.',
    adviceLog: 'Ask again. If it stays so, the cause is in the log of the service under {id}.',
  },
  'zh-CN': {
    you: '你',
    model: '模型',
    answering: '模型正在回答',
    stopped: '已停止。这一轮的内容没有保存。',
    copied: '已复制',
    selected: '已选中：请按 Ctrl+C 复制',
    shared: '已分享',
    anyone: '任何拿到链接的人都能读到目前为止的内容，看不到之后的内容。',
    whoKnows: '拿到链接并知道密码的人能读到目前为止的内容，看不到之后的内容。',
    unshared: '链接已失效。',
    rolledBack: '最后一个问题及其回答已撤回。',
    started: '新的对话',
    again: '再问一次',
    meaning: '{code} 是什么意思',
    unreachable: '无法连接到服务。',
    brokenOff: '回答完成之前连接中断，没有保存任何内容。',
    adviceToken: '请检查访问令牌：它是服务的设置项 TOKEN。',
    adviceWait: '{seconds} 秒后可以再试。',
    adviceGone: '对话已结束或已过期，请开始新的对话。',
    adviceChange: '请修改问题或设置。',
    adviceReach: '请确认服务正在运行，然后再问一次。',
    adviceLog: '请再问一次。如果仍然失败，可在服务日志中按 {id} 查找原因。',
  },
};
