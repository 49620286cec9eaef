/** A tool for the client's `runTools`, without a schema library. */
export function zodlessTool(name: string, run: (input: unknown) => string) {
  return {
    type: 'function' as const,
    function: {
      name,
      description: name,
      parameters: { type: 'object', properties: {} },
      parse: (text: string): object => JSON.parse(text) as object,
      function: run,
    },
  };
}
