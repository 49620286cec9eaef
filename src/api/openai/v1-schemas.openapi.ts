import type { OpenAPIObject } from '@nestjs/swagger';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
/** A schema of OpenAPI 3.0. */
type Schema = Schemas[string];
type Properties = Readonly<Record<string, Schema>>;

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const number: Schema = { type: 'number' };
const count: Schema = { type: 'integer', minimum: 0 };
/** Epoch seconds. */
const moment: Schema = { type: 'integer' };
const anything: Schema = {};
const openObject: Schema = { type: 'object', additionalProperties: true };
const metadata: Schema = {
  type: 'object',
  description: 'At most 16 pairs, keys of 64 and values of 512 characters.',
  additionalProperties: { type: 'string', maxLength: 512 },
};

function one(...values: string[]): Schema {
  return { type: 'string', enum: values };
}

function range(minimum: number, maximum: number, type: 'number' | 'integer' = 'number'): Schema {
  return { type, minimum, maximum };
}

function list(items: Schema, bounds: { minItems?: number; maxItems?: number } = {}): Schema {
  return { type: 'array', items, ...bounds };
}

function either(...anyOf: Schema[]): Schema {
  return { anyOf };
}

/** OpenAPI 3.0 has no word for null beside a reference: such a schema stays as it is. */
function orNull(schema: Schema): Schema {
  if ('$ref' in schema) return schema;
  const [first, ...others] = schema.anyOf ?? [];
  if (first) return { ...schema, anyOf: [orNull(first), ...others] };
  return schema.type === undefined ? schema : { ...schema, nullable: true };
}

function said(description: string, schema: Schema): Schema {
  return { ...schema, description };
}

/** One of the schemas below. */
function the(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** An answer: everything is there, apart from what may be left out. */
function answer(properties: Properties, optional: Properties = {}): Schema {
  return {
    type: 'object',
    properties: { ...properties, ...optional },
    required: Object.keys(properties),
  };
}

/** What is asked for: of the optional fields null is the same as none, and others may come too. */
function question(required: Properties, optional: Properties): Schema {
  const nullable = Object.entries(optional).map(([name, schema]): [string, Schema] => [
    name,
    orNull(schema),
  ]);
  return {
    type: 'object',
    properties: { ...required, ...Object.fromEntries(nullable) },
    ...(Object.keys(required).length === 0 ? {} : { required: Object.keys(required) }),
    additionalProperties: true,
  };
}

function page(entry: string): Schema {
  return answer({
    object: one('list'),
    data: list(the(entry)),
    first_id: said('Empty where the page is.', text),
    last_id: text,
    has_more: flag,
  });
}

const logprobs = list(openObject);
const tokens = { prompt_tokens: count, total_tokens: count };
const sampling = {
  temperature: range(0, 2),
  top_p: range(0, 1),
  presence_penalty: range(-2, 2),
  frequency_penalty: range(-2, 2),
  user: text,
  stream: said('Answers with an event stream.', flag),
};
const completionLimits = {
  n: { type: 'integer' as const, minimum: 1 },
  max_tokens: count,
  seed: { type: 'integer' as const },
  stop: either(text, list(text)),
  logit_bias: openObject,
};

const shared = {
  InputText: answer({ type: one('input_text', 'output_text', 'text'), text }),
  InputImage: question(
    {
      type: one('input_image'),
      image_url: said('An address, or the image itself as a data URL.', text),
    },
    { detail: one('low', 'high', 'auto', 'original') },
  ),
  InputFile: question(
    { type: one('input_file'), file_data: said('The file itself, as a data URL.', text) },
    { filename: text },
  ),
  ToolOutput: either(text, list(either(the('InputText'), the('InputImage'), the('InputFile')))),
  OutputText: answer(
    { type: one('output_text'), text, annotations: list(openObject) },
    { logprobs },
  ),
  Refusal: answer({ type: one('refusal'), refusal: text }),
  InputMessage: question(
    {
      role: one('user', 'assistant', 'system', 'developer'),
      content: either(
        text,
        list(either(the('InputText'), the('InputImage'), the('InputFile'), the('Refusal'))),
      ),
    },
    { type: one('message'), phase: text },
  ),
  InputFunctionCall: question(
    { type: one('function_call'), call_id: text, name: text, arguments: text },
    { id: text },
  ),
  InputFunctionCallOutput: question(
    {
      type: one('function_call_output'),
      call_id: text,
      output: the('ToolOutput'),
    },
    { id: text },
  ),
  InputCustomToolCall: question(
    { type: one('custom_tool_call'), call_id: text, name: text, input: text },
    { id: text },
  ),
  InputCustomToolCallOutput: question(
    { type: one('custom_tool_call_output'), call_id: text, output: the('ToolOutput') },
    { id: text },
  ),
  InputReasoning: question(
    { type: one('reasoning') },
    { id: text, summary: list(openObject), content: list(openObject), encrypted_content: text },
  ),
  InputCompaction: question(
    { type: one('compaction'), encrypted_content: said('As it came; no one else opens it.', text) },
    { id: text },
  ),
  ItemReference: question({ id: text }, { type: one('item_reference') }),
  InputItem: either(
    the('InputMessage'),
    the('InputFunctionCall'),
    the('InputFunctionCallOutput'),
    the('InputCustomToolCall'),
    the('InputCustomToolCallOutput'),
    the('InputReasoning'),
    the('InputCompaction'),
    the('ItemReference'),
    the('OtherItem'),
  ),
  OtherItem: said(
    'Kept and given back; a model service is told of it that speaks the Responses API.',
    question({ type: text }, {}),
  ),
  Message: answer(
    {
      type: one('message'),
      id: text,
      status: one('in_progress', 'completed', 'incomplete'),
      role: one('user', 'assistant', 'system', 'developer'),
      content: list(
        either(
          the('OutputText'),
          the('Refusal'),
          the('InputText'),
          the('ShownImage'),
          the('InputFile'),
        ),
      ),
    },
    { phase: text },
  ),
  ShownImage: answer({
    type: one('input_image'),
    image_url: orNull(text),
    detail: one('low', 'high', 'auto', 'original'),
    file_id: orNull(text),
  }),
  FunctionCall: answer({
    type: one('function_call'),
    id: text,
    call_id: text,
    name: text,
    arguments: said('JSON, as the model wrote it.', text),
    status: one('in_progress', 'completed', 'incomplete'),
  }),
  FunctionCallOutput: answer({
    type: one('function_call_output'),
    id: text,
    call_id: text,
    output: either(text, list(either(the('InputText'), the('ShownImage'), the('InputFile')))),
    status: one('in_progress', 'completed', 'incomplete'),
  }),
  CustomToolCall: answer(
    { type: one('custom_tool_call'), id: text, call_id: text, name: text, input: text },
    { status: text },
  ),
  CustomToolCallOutput: answer(
    { type: one('custom_tool_call_output'), id: text, call_id: text, output: the('ToolOutput') },
    { status: text },
  ),
  Reasoning: answer(
    { type: one('reasoning'), id: text, summary: list(answer({ type: text, text })) },
    {
      content: list(answer({ type: text, text })),
      encrypted_content: orNull(text),
      status: one('in_progress', 'completed', 'incomplete'),
    },
  ),
  Item: either(
    the('Message'),
    the('FunctionCall'),
    the('FunctionCallOutput'),
    the('CustomToolCall'),
    the('CustomToolCallOutput'),
    the('Reasoning'),
    the('HostedItem'),
    the('Compaction'),
  ),
  Compaction: said(
    'Stands for all that was said before it.',
    answer({ type: one('compaction'), id: text, encrypted_content: text }, { created_by: text }),
  ),
  HostedItem: said('What a model service does with a tool of its own, like `web_search_call`.', {
    ...answer({ type: text, id: text }),
    additionalProperties: true,
  }),
  ListedItem: either(the('Item'), the('OtherItem')),
  FunctionTool: question(
    { type: one('function'), name: text },
    {
      description: text,
      parameters: said('A JSON schema of the arguments.', openObject),
      strict: flag,
    },
  ),
  CustomTool: question(
    { type: one('custom'), name: text },
    { description: text, format: openObject },
  ),
  HostedTool: said(
    'One that the model service runs itself, like `web_search`: with UPSTREAM_DIALECT=responses.',
    question({ type: text }, {}),
  ),
  ToolChoice: either(
    one('none', 'auto', 'required'),
    question({ type: one('function', 'custom'), name: text }, {}),
    question(
      {
        type: one('allowed_tools'),
        tools: list(question({ type: text }, { name: text }), { minItems: 1 }),
      },
      { mode: one('auto', 'required') },
    ),
    the('HostedTool'),
  ),
  TextFormat: either(
    question({ type: one('text', 'json_object') }, {}),
    question(
      { type: one('json_schema'), name: text, schema: openObject },
      { description: text, strict: flag },
    ),
  ),
};

const requests = {
  CreateResponse: question(
    {},
    {
      model: text,
      input: either(text, list(the('InputItem'), { maxItems: 2_048 })),
      conversation: either(text, question({ id: text }, {})),
      previous_response_id: said('Not together with `conversation`.', text),
      instructions: text,
      store: said('True unless said.', flag),
      background: said('Goes on without its caller; needs `store`.', flag),
      max_output_tokens: { type: 'integer', minimum: 16 },
      max_tool_calls: said('Of tools that the model service runs itself.', {
        type: 'integer',
        minimum: 1,
      }),
      ...sampling,
      stream_options: said('Its `include_obfuscation` is taken and changes nothing.', {
        type: 'object',
        properties: { include_obfuscation: flag },
        additionalProperties: true,
      }),
      top_logprobs: range(0, 20, 'integer'),
      metadata,
      tools: list(either(the('FunctionTool'), the('CustomTool'), the('HostedTool')), {
        maxItems: 128,
      }),
      tool_choice: the('ToolChoice'),
      parallel_tool_calls: said('True unless said.', flag),
      text: question({}, { format: the('TextFormat'), verbosity: one('low', 'medium', 'high') }),
      reasoning: said('Of chat completions, all but the effort changes nothing.', {
        ...question(
          {},
          {
            effort: one('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
            summary: text,
          },
        ),
      }),
      context_management: said(
        'With an entry of the type `compaction`, what was said is compacted once it is longer than `compact_threshold` tokens, or than the model takes.',
        list(
          question(
            { type: one('compaction') },
            { compact_threshold: { type: 'integer', minimum: 1 } },
          ),
        ),
      ),
      truncation: said('`auto` unless said.', one('auto', 'disabled')),
      include: said(
        '`message.output_text.logprobs` asks for probabilities; what else OpenAI names comes of a service that speaks the Responses API.',
        list(text, { maxItems: 16 }),
      ),
      safety_identifier: text,
      prompt_cache_key: text,
      prompt_cache_retention: text,
      prompt_cache_options: openObject,
      service_tier: text,
      moderation: openObject,
    },
  ),
  CompactResponse: question(
    {},
    {
      model: text,
      input: either(text, list(the('InputItem'), { maxItems: 2_048 })),
      conversation: said(
        'Ours: what is compacted, and where the compaction is added.',
        either(text, question({ id: text }, {})),
      ),
      previous_response_id: said('Not together with `conversation`.', text),
      instructions: said('What else the summary is to have in it.', text),
    },
  ),
  CreateConversation: question({}, { metadata, items: list(the('InputItem'), { maxItems: 20 }) }),
  UpdateConversation: {
    type: 'object' as const,
    properties: { metadata: orNull(metadata) },
    required: ['metadata'],
  },
  CreateItems: question({ items: list(the('InputItem'), { maxItems: 20 }) }, {}),
  ForkConversation: question({}, { up_to: said('The last item of the new one.', text) }),
  RegenerateAnswer: question(
    {},
    {
      model: text,
      stream: flag,
      context_management: list(openObject),
      user: text,
      safety_identifier: text,
      prompt_cache_key: text,
      prompt_cache_retention: text,
      prompt_cache_options: openObject,
      service_tier: text,
      presence_penalty: range(-2, 2),
      frequency_penalty: range(-2, 2),
      moderation: openObject,
    },
  ),
  ShareConversation: question(
    {},
    {
      title: said('One line; else made from the first question.', text),
      expires_in_days: said(
        'At most SHARE_TTL_DAYS, which is the default.',
        range(1, 3_650, 'integer'),
      ),
      password: said('8 to 128 characters.', text),
      show_prompt: said('SHARE_PROMPT unless said, and not true without that.', flag),
    },
  ),
  ChatMessage: question(
    { role: one('system', 'developer', 'user', 'assistant', 'tool', 'function') },
    {
      content: either(text, list(openObject)),
      name: text,
      tool_calls: list(openObject),
      tool_call_id: text,
    },
  ),
  CreateChatCompletion: question(
    { model: text, messages: list(the('ChatMessage')) },
    {
      ...sampling,
      ...completionLimits,
      max_completion_tokens: count,
      stream_options: question({}, { include_usage: flag, include_obfuscation: flag }),
      tools: list(openObject),
      tool_choice: anything,
      parallel_tool_calls: flag,
      response_format: openObject,
      logprobs: flag,
      top_logprobs: range(0, 20, 'integer'),
      reasoning_effort: text,
      verbosity: text,
      metadata: openObject,
      store: flag,
    },
  ),
  CreateCompletion: question(
    { model: text, prompt: either(text, list(anything)) },
    { ...sampling, ...completionLimits, logprobs: count, suffix: text, echo: flag, best_of: count },
  ),
  CreateEmbedding: question(
    { model: text, input: either(text, list(anything)) },
    { dimensions: count, encoding_format: one('float', 'base64'), user: text },
  ),
};

const answers = {
  Response: answer(
    {
      id: text,
      object: one('response'),
      created_at: moment,
      completed_at: orNull(moment),
      status: one('in_progress', 'completed', 'incomplete', 'failed', 'cancelled'),
      background: flag,
      error: orNull(answer({ code: text, message: text })),
      incomplete_details: orNull(answer({ reason: one('max_output_tokens', 'content_filter') })),
      instructions: orNull(text),
      max_output_tokens: orNull(count),
      max_tool_calls: orNull(count),
      model: text,
      output: list(the('Item')),
      parallel_tool_calls: flag,
      previous_response_id: orNull(text),
      conversation: orNull(answer({ id: text })),
      reasoning: answer({ effort: orNull(text), summary: orNull(text) }),
      store: flag,
      temperature: number,
      top_p: number,
      presence_penalty: number,
      frequency_penalty: number,
      text: answer(
        {
          format: either(
            answer({ type: one('text', 'json_object') }),
            answer({
              type: one('json_schema'),
              name: text,
              description: orNull(text),
              schema: openObject,
              strict: flag,
            }),
          ),
        },
        { verbosity: one('low', 'medium', 'high') },
      ),
      tool_choice: the('ToolChoice'),
      tools: list(
        either(
          answer({
            type: one('function'),
            name: text,
            description: orNull(text),
            parameters: orNull(openObject),
            strict: orNull(flag),
          }),
          answer({ type: one('custom'), name: text }, { description: text, format: openObject }),
          the('HostedTool'),
        ),
      ),
      top_logprobs: count,
      truncation: one('auto', 'disabled'),
      metadata,
      usage: orNull(
        answer({
          input_tokens: count,
          input_tokens_details: answer({ cached_tokens: count, cache_write_tokens: count }),
          output_tokens: count,
          output_tokens_details: answer({ reasoning_tokens: count }),
          total_tokens: count,
        }),
      ),
      service_tier: text,
      safety_identifier: orNull(text),
      prompt_cache_key: orNull(text),
    },
    { user: text, prompt_cache_retention: text },
  ),
  CompactedResponse: answer({
    id: text,
    object: one('response.compaction'),
    created_at: moment,
    output: list(the('ListedItem')),
    usage: answer({
      input_tokens: count,
      input_tokens_details: answer({ cached_tokens: count, cache_write_tokens: count }),
      output_tokens: count,
      output_tokens_details: answer({ reasoning_tokens: count }),
      total_tokens: count,
    }),
  }),
  DeletedResponse: answer({ id: text, object: one('response'), deleted: flag }),
  InputTokens: answer({ object: one('response.input_tokens'), input_tokens: count }),
  Conversation: answer({ id: text, object: one('conversation'), created_at: moment, metadata }),
  DeletedConversation: answer({ id: text, object: one('conversation.deleted'), deleted: flag }),
  ConversationPage: page('Conversation'),
  ConversationShare: answer({
    id: text,
    object: one('conversation.share'),
    url: said('The path at which anyone may read it.', text),
    title: text,
    created_at: moment,
    expires_at: said('Null is for ever.', orNull(moment)),
    has_password: flag,
  }),
  SharePage: page('ConversationShare'),
  ItemPage: page('ListedItem'),
  Model: answer(
    { id: text, object: one('model'), created: moment, owned_by: text },
    { shutdown_date: text },
  ),
  ModelList: answer({ object: one('list'), data: list(the('Model')) }),
  ChatCompletion: answer(
    {
      id: text,
      object: one('chat.completion'),
      created: moment,
      model: text,
      choices: list(
        answer(
          {
            index: count,
            finish_reason: orNull(text),
            message: answer(
              { role: one('assistant'), content: orNull(text) },
              { refusal: orNull(text), tool_calls: list(openObject) },
            ),
          },
          { logprobs: orNull(openObject) },
        ),
      ),
    },
    { usage: the('CompletionUsage') },
  ),
  Completion: answer(
    {
      id: text,
      object: one('text_completion'),
      created: moment,
      model: text,
      choices: list(
        answer(
          { index: count, text, finish_reason: orNull(text) },
          { logprobs: orNull(openObject) },
        ),
      ),
    },
    { usage: the('CompletionUsage') },
  ),
  CompletionUsage: answer(
    { ...tokens, completion_tokens: count },
    {
      prompt_tokens_details: orNull(openObject),
      completion_tokens_details: orNull(openObject),
    },
  ),
  EmbeddingList: answer({
    object: one('list'),
    model: text,
    data: list(
      answer({
        object: one('embedding'),
        index: count,
        embedding: either(list(number), said('With `encoding_format: base64`.', text)),
      }),
    ),
    usage: answer(tokens),
  }),
};

const all = { ...shared, ...requests, ...answers };

/** The name of a body under `/v1`. */
export type V1Schema = keyof typeof all;

/** The bodies of `/v1` for the OpenAPI document, as this service takes and answers them. */
export const v1Schemas: Readonly<Record<V1Schema, Schema>> = all;
