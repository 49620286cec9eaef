import type { ExampleOf } from '../../platform/openapi/content.js';
import type { CreateRolePlayDto } from './dto/create-role-play.dto.js';
import type { QuickAnswerDto } from './dto/quick-answer.dto.js';
import type { ShareDto } from './dto/share.dto.js';

export const conversationId = 'conv_3nQwX0bT7LkYz9RfVh2MaC';
export const shareId = 'share_6yPqJ1dUe8GsWm4KxZ0tNB';
export const unknownId = '4ev2Djnd';

export const prompt =
  'The following is a conversation with an AI assistant. The assistant is helpful, creative, clever, and very friendly.';
export const chatPrompt =
  'You are ChatGPT, a large language model trained by OpenAI. Answer as concisely as possible.';

export const question = 'Why is the sky blue?';
export const answer =
  'Air scatters blue light, whose waves are short, more than red light, so blue reaches us from everywhere.';
export const transcript = `${prompt}\n\nHuman: ${question}\nAI: ${answer}`;

export const rolePlay: ExampleOf<CreateRolePlayDto> = {
  human_name: 'human',
  ai_name: 'AI',
  prompt: chatPrompt,
};

export const quickQuestion: ExampleOf<QuickAnswerDto> = {
  prompt,
  examples: ['I would like two coffees', 'Je voudrais deux cafés'],
  question: 'Where is the station?',
};
export const quickAnswer = 'Où est la gare ?';

export const article =
  'Tea was drunk in China for centuries before it reached Europe. Dutch merchants brought it to Amsterdam in 1610, and within a hundred years London had more than five hundred coffee houses that sold it. What had been a medicine for the rich became what everybody drank at breakfast.';
export const summary =
  'Tea came from China to Europe in 1610 and went from a medicine for the rich to an everyday drink within a century.';

export const share: ExampleOf<ShareDto> = {
  Id: shareId,
  Prompt: prompt,
  SentenceList: [
    question,
    answer,
    'And at sunset?',
    'Then the light comes a long way, and only red is left of it.',
  ],
};
