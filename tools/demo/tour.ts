import type { Caller, Reply } from './caller.js';

/** What a step of the tour must bring back; anything else makes the demo fail. */
interface Expectation {
  status?: number;
  text?: RegExp;
}

const id = /^conv_[0-9A-Za-z]{22}$/;
const something = /\S/;

/** A conversation through every endpoint, as a new user would try them. */
export class Tour {
  /** What was not as it should be. */
  readonly problems: string[] = [];

  constructor(
    private readonly caller: Caller,
    private readonly token: string,
    private readonly print: (text: string) => void,
  ) {}

  async run(): Promise<void> {
    await this.aConversation();
    await this.otherKinds();
    await this.withoutConversation();
    await this.whatGoesWrong();
    await this.documentation();
  }

  private async aConversation(): Promise<void> {
    this.chapter('A conversation: made, asked, asked again, taken back');
    const conversation = (await this.post('create', '', {}, { text: id })).text;
    await this.post('chat', '困的时候可以睡觉吗', { conversation }, { text: something });
    await this.post('chat', 'And in the afternoon?', { conversation }, { text: something });
    await this.post('regenerate', undefined, { conversation }, { text: something });
    await this.post('rollback', undefined, { conversation }, { text: /^Rollback Succeeded$/ });
    await this.post(
      'context',
      undefined,
      { conversation },
      { text: /\nHuman: 困的时候可以睡觉吗\nAI: \S/ },
    );
    await this.post(
      'contextArray',
      undefined,
      { conversation },
      { text: /^\["困的时候可以睡觉吗",".+"\]$/ },
    );
    const stored = await this.post('store', undefined, { conversation }, { text: /^保存成功$/ });
    await this.post('finish', undefined, { conversation }, { text: /^Conversation finished$/ });
    this.say('It is finished, and what was shared of it stays, for anyone who has the link:');
    const share = stored.headers.get('share') ?? '';
    const path = `/chatgpt/share/${share}`;
    this.check(path, await this.caller.send({ method: 'GET', path }), {
      text: /"SentenceList":\["困/,
    });
  }

  private async otherKinds(): Promise<void> {
    this.chapter('Other kinds of conversations, and answers that stream');
    const friend = await this.post(
      'create',
      'You two are old friends.',
      { settings: 'FriendChat' },
      { text: id },
    );
    await this.post('chat', 'Tea or coffee?', { conversation: friend.text }, { text: something });
    const streamed = JSON.stringify({ prompt: 'Answer in one sentence.', stream: true });
    const turbo = await this.post('createTurbo', streamed, {}, { text: id });
    this.expectStream(
      await this.post('chat', 'こんにちは', { conversation: turbo.text }, { text: something }),
    );
    const gpt4 = await this.post('createGPT4', 'You are a careful editor.', {}, { text: id });
    this.expectStream(
      await this.post(
        'chat',
        'Is "alot" a word?',
        { conversation: gpt4.text, accept: 'text/event-stream' },
        { text: something },
      ),
    );
    const roles = { human_name: 'Alice', ai_name: 'Cheshire Cat', prompt: 'A talk in a wood.' };
    const play = await this.post('createRolePlay', JSON.stringify(roles), {}, { text: id });
    await this.post(
      'chat',
      'Which way should I go?',
      { conversation: play.text },
      { text: something },
    );
    await this.post(
      'context',
      undefined,
      { conversation: play.text },
      { text: /\nCheshire Cat: \S/ },
    );
  }

  private async withoutConversation(): Promise<void> {
    this.chapter('Answers that need no conversation');
    const quick = { examples: ['1 + 1?', '2'], question: '2 + 2?', convType: 'gpt4' };
    await this.post('quickAnswer', JSON.stringify(quick), {}, { text: something });
    const article = 'Alice was beginning to get very tired of sitting by her sister on the bank.';
    await this.post('summary', article, {}, { text: something });
  }

  private async whatGoesWrong(): Promise<void> {
    this.chapter('What goes wrong is said in a sentence, and changes nothing');
    const lost = { conversation: 'nobody-knows-me' };
    const unknown = /^failed to find Conversation with provided id: nobody-knows-me$/;
    await this.post('chat', 'Hello?', lost, { status: 404, text: unknown });
    await this.post('chat', 'Hello?', { token: 'wrong' }, { status: 401, text: /^Auth failed$/ });
  }

  private async documentation(): Promise<void> {
    this.chapter('The API describes itself');
    const document = await fetch(new URL('/openapi.json', this.caller.url));
    const { paths } = (await document.json()) as { paths?: Record<string, unknown> };
    const count = Object.keys(paths ?? {}).length;
    this.say(`/openapi.json describes ${count} paths; /docs is the page to try them on.`);
    if (count < 14) this.problems.push(`/openapi.json describes only ${count} paths`);
    this.say('/try is a page to talk to the model on.');
    for (const path of ['/docs', '/try']) {
      const page = await fetch(new URL(path, this.caller.url));
      if (!page.ok) this.problems.push(`${path} answered ${page.status}`);
    }
  }

  private async post(
    endpoint: string,
    body: string | undefined,
    headers: Record<string, string>,
    expected: Expectation,
  ): Promise<Reply> {
    const path = `/chatgpt/${endpoint}`;
    const reply = await this.caller.send({
      method: 'POST',
      path,
      headers: { token: this.token, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    this.check(path, reply, expected);
    return reply;
  }

  private check(path: string, reply: Reply, { status = 200, text }: Expectation): void {
    if (reply.status !== status) {
      this.problems.push(`${path} answered ${reply.status} where ${status} was expected`);
    }
    if (text && !text.test(reply.text)) {
      this.problems.push(
        `${path} answered ${JSON.stringify(reply.text)}, not like ${String(text)}`,
      );
    }
  }

  private expectStream({ complete, headers }: Reply): void {
    const streamed = headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    if (!streamed || !complete) this.problems.push('a stream did not end with its end mark');
  }

  private chapter(title: string): void {
    this.print(`\n── ${title} ──\n`);
  }

  private say(sentence: string): void {
    this.print(`\n${sentence}\n`);
  }
}
