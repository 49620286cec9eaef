import { readdirSync, readFileSync } from 'node:fs';

/** Names that only the protocols of model services have. */
const wireWords =
  /\bfinish_reason\b|\[DONE\]|\/chat\/completions|(?<!parallel_|max_)\btool_calls\b|\bmax_completion_tokens\b|\bstream_options\b|\bprompt_tokens\b|\breasoning_content\b|\.choices\b|\bchoices\?/;

/**
 * Where they are read and written: the dialects, the APIs that speak them to callers, and what is said
 * of settings to operators.
 */
const homes = /^(upstreams\/dialects|api|config)\//;

/** The end mark of an event stream: the service's own, and that of all who speak like OpenAI. */
const endMarks = new Set(['platform/http/event-stream.ts', 'upstreams/transport/read-events.ts']);

describe('the words of protocols to model services', () => {
  it('stand in dialects and APIs only', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'),
    );
    expect(files.filter((file) => homes.test(file)).length).toBeGreaterThan(50);
    const found = files
      .filter((file) => !homes.test(file) && !endMarks.has(file))
      .flatMap((file) => {
        const word = wireWords.exec(readFileSync(`src/${file}`, 'utf8'))?.[0];
        return word === undefined ? [] : [`${file}: ${word}`];
      });
    expect(found).toEqual([]);
  });
});
