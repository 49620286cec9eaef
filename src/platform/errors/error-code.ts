/** The `code` that Node and its libraries put on errors, looked for in its causes too; or ''. */
export function errorCode(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return '';
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return 'cause' in thrown ? errorCode(thrown.cause) : '';
}
