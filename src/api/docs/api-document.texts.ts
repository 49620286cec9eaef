import type { AuthMode } from '../../config/settings.js';

/** What to know before the first call. */
export function introductionTo(mode: AuthMode): string {
  return `One plain HTTP request opens a conversation with a language model. The service remembers it.

1. \`POST /chatgpt/createTurbo\` answers a conversation id.
2. \`POST /chatgpt/chat\` with that id in the header \`conversation\` and the question as body answers the question. As often as wanted.
3. \`POST /chatgpt/finish\` ends it. One that is left alone expires by itself.

**Who may call**: ${credentials[mode]}

**Bodies** on \`/chatgpt\` are UTF-8 text, whatever the Content-Type says or omits; the parts of a multipart body are refused. Answers are \`text/plain; charset=utf-8\` where not said otherwise, and so are errors: one sentence, and a status. With LEGACY_STATUS_CODES=true the statuses are the original's instead: 505 for 401, 502 for the rate limit, 500 for every other failure.

**Errors** have a code for programs in the header \`x-error-code\`, whatever their body is. A method that a path does not have is 405, with those that it has in \`Allow\`.

**Event streams** on \`/chatgpt\` are a series of \`data:\` events, one for each piece of the answer. A piece with line feeds is several \`data:\` lines of one event, which a conforming reader joins again. \`data: [DONE]\` ends a complete answer; \`event: error\` with a sentence ends one that failed, and then nothing was kept. Comment lines (\`: …\`) fill long silences.

\`/v1\` is for the official OpenAI clients and answers as OpenAI does; \`/admin\` answers JSON, and errors as problem details.`;
}

const credentials: Readonly<Record<AuthMode, string>> = {
  none: 'everyone; nothing needs to be sent.',
  simple:
    'whoever sends the shared secret, TOKEN, in the header `token` or as a bearer token. The *Authorize* button takes it.',
  normal: `whoever sends \`uuid\`, which works once, and \`token\`, which proves it. The *Authorize* button takes such a pair:

    uuid=$(uuidgen)
    token=$(printf %s "$TOKEN$uuid" | sha256sum | cut -d' ' -f1)`,
};

/** The topics, in the order in which a reader needs them. */
export const tags = [
  { name: 'Conversations', description: 'Making, reading, shortening and ending them.' },
  { name: 'Turns', description: 'Asking the model within a conversation.' },
  { name: 'Answers', description: 'Asking the model without one.' },
  { name: 'Sharing', description: 'Frozen copies that anyone with the id can read.' },
  {
    name: 'OpenAI-models',
    description: 'The OpenAI-compatible API: a client of OpenAI with `/v1` of this service.',
  },
  { name: 'OpenAI-completions', description: 'Calls that keep nothing, passed on as they are.' },
  {
    name: 'OpenAI-conversations',
    description: 'The same conversations as those of the other paths, with metadata and items.',
  },
  {
    name: 'OpenAI-responses',
    description: 'Answers that are kept, and build on each other or on conversations.',
  },
  {
    name: 'Keys',
    description: 'API keys of the model service, for who has ADMIN_TOKEN; unknown without one.',
  },
  { name: 'Health', description: 'For supervisors and load balancers. Public.' },
  { name: 'Documentation', description: 'Public.' },
  { name: 'Pages', description: 'What pages for people are made of. Public.' },
];
