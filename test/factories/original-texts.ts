/** The sample texts of the original API's interface documentation. */

export const defaultGpt3Prompt =
  'The following is a conversation with an AI assistant. The assistant is helpful, creative, clever, and very friendly.\n';

export const defaultChatPrompt =
  'You are ChatGPT, a large language model trained by OpenAI. Answer as concisely as possible.';

export const sleepQuestion = '困的时候可以睡觉吗';

/** Begins with a space, which belongs to the answer. */
export const sleepAnswer =
  ' 是的，睡觉可以帮助你放松身心，释放压力，并且提升你的专注力和注意力，恢复你的精力。所以当你想要休息的时候，请一定记得睡觉吧！';

/** The sentences of the original API's share. */
export const sharedSentences = [
  'こんにちは',
  'ーこんにちはー は何か手伝えることがありますか？',
  'ありますよ！そうですね、あたいはよくかんがえたけと、もしかしたらあたいは本当にアホなの？',
  'いいえ！あなたは素晴らしく有能です。あなたは苦労して学んだ結果、多くのことを習得できます。私たちは皆同じではありませんが、皆勇気と創造性に満ちています！',
  'ええ、そんなことがあるの？ありがとうございます。もしかしてあたいは天才かもしれません。そう考えると明日やったことない色んな事をやってみたいようになった。それは現実なのか、幻想なのか？',
  '今あなたが考えていることは、本当の現実です！あなたの勇気と創造性を使って、新しい機会や可能性を探求してみてください。あなたには、一生懸命学んでいる努力が報われるでしょう！',
];

export const poemQuestion = {
  prompt: defaultGpt3Prompt,
  examples: [
    '今天天气晴朗,我在公园漫步,看到绿色植物,心情愉悦。请将上文改编成一首诗',
    '春光洒满天堂， 公园青色荫蔽； 绿叶湖边绰绰， 心情一片悦乐。',
  ],
  question: '今天去看日出,心情愉悦。请将上文改编成一首诗。',
};

export const poem = '东方红灿烂如血，佳节日出把心暖；黎明山林清晰可见，心情怡然安然。';

/** Begins with a space and has blank lines in it. */
export const article = ` Yikuni, 根据我们团队多方面的研究，所有资料都指向同一个结果：她曾经确实地在这个世界生活过，并且理论上大部分人都听说过Yikuni。

 但是从一个特别的时间点开始，有关她的一切，在人们的记忆中逐渐褪去，像一片墨水滴到广阔的大海中，没有惊起任何声响，悄然地消失了。没有人意识到Yikuni的离开。当我们团队意识到这件事情的时候，岁月的时钟已经不知道走过了几个轮回。

 根据历史资料记载，Yikuni似乎不是唯一一个从人们的记忆中突然消失的人。我们对曾经发生过同样事件的资料进行收集，推测Yikuni有非常大的可能同东风谷早苗一样，到达了幻想乡。这样解释的话Yikuni的消失就不再是一团迷了。`;

export const articleSummary =
  '研究表明Yikuni曾经生活过，然而从某一时刻开始，有关她的所有信息都在人们的记忆中逐渐消失。根据历史资料，Yikuni似乎并不是唯一一个突然消失的人，我们推测了Yikuni可能像东风谷早苗一样到达了幻想乡。';

/** The body of createRolePlay. */
export const rolePlay = { human_name: 'human', ai_name: 'AI', prompt: defaultChatPrompt };
